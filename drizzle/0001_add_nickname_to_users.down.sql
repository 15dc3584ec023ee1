-- down of 0001_add_nickname_to_users: lossy
-- loses: column users.nickname
-- proof: up b46ad5a5, down c64982c2, PostgreSQL 18.4
ALTER TABLE "public"."users" DROP COLUMN "nickname";
