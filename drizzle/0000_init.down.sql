-- down of 0000_init: lossy
-- loses: table posts; table comments; table users
-- proof: up 9b61d45a, down 66c881ce, PostgreSQL 18.4
ALTER TABLE "public"."comments" DROP CONSTRAINT "comments_author_id_users_id_fk";
--> statement-breakpoint
ALTER TABLE "public"."comments" DROP CONSTRAINT "comments_post_id_posts_id_fk";
--> statement-breakpoint
ALTER TABLE "public"."posts" DROP CONSTRAINT "posts_author_id_users_id_fk";
--> statement-breakpoint
DROP TABLE "public"."comments";
--> statement-breakpoint
DROP TABLE "public"."posts";
--> statement-breakpoint
DROP TABLE "public"."users";
