// Loaded before a program whose memory is measured: says at its end how much it held at once.
process.on('exit', () => process.stderr.write(`bench: ${process.resourceUsage().maxRSS * 1024} bytes\n`));
