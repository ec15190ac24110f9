import { existsSync } from "node:fs";

/** Where the file of the program is handed over, so that what was looked at is what runs. */
const programAt = 4;

const perl = "/usr/bin/perl";
/** `prctl` in the tables of system calls of Linux (`arch/x86/entry/syscalls/syscall_64.tbl`, `include/uapi/asm-generic/unistd.h`). */
const prctl: Readonly<Record<string, number>> = { x64: 157, arm64: 167 };

/**
 * Runs a program and ends whatever it began with it, also what left its group and session (`setsid`, a double fork): on Linux
 * an orphan becomes a child of the nearest ancestor that asked for it (PR_SET_CHILD_SUBREAPER, prctl(2)). Node cannot ask, and
 * core itself must not: all orphans of the host's other programs would become core's. So a few lines of perl stand between. What
 * became another user's (sudo) cannot be ended by them either. 36, 1: PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG. 2, 1: F_SETFD,
 * FD_CLOEXEC; nothing of theirs is open in the program. Its own words are on 3: which group it
 * began, and how that ended or why it was not started.
 */
const keeper = `
use strict;
my ($prctl, $has_file, @words) = @ARGV;
open(my $say, '>&=', 3) or exit 125;
fcntl($say, 2, 1);
my $file;
if ($has_file) { open($file, '<&=', ${programAt}) or exit 125; fcntl($file, 2, 1); }
sub below {
  my %of;
  opendir(my $all, '/proc') or return;
  for my $pid (grep { /^[0-9]+$/ } readdir $all) {
    open(my $stat, '<', "/proc/$pid/stat") or next;
    local $/;
    my $line = <$stat>;
    push @{$of{$1}}, $pid if defined $line and $line =~ /^[0-9]+ \\(.*\\) \\S ([0-9]+)/s;
  }
  my @found = @{$of{$$} || []};
  for (my $at = 0; $at < @found; $at++) { push @found, @{$of{$found[$at]} || []}; }
  return @found;
}
sub finish {
  my $until = time + 2;
  while (time <= $until) {
    my $ended;
    do { $ended = waitpid(-1, 1) } while ($ended > 0);
    return if $ended == -1;
    kill 'KILL', below();
    select(undef, undef, undef, 0.002);
  }
}
$SIG{TERM} = sub { finish(); exit 0 };
syscall($prctl + 0, 36, 1, 0, 0, 0);
my $pid = fork;
exit 125 unless defined $pid;
if ($pid == 0) {
  $SIG{TERM} = 'DEFAULT';
  setpgrp(0, 0);
  syscall($prctl + 0, 1, 9, 0, 0, 0);
  no warnings;
  exec { $has_file ? '/proc/self/fd/${programAt}' : $words[0] } @words;
  syswrite($say, "not started: $!\\n");
  kill 'KILL', $$;
}
syswrite($say, "began $pid\\n");
1 while waitpid($pid, 0) == -1 && $!{EINTR};
my $end = $?;
syswrite($say, $end & 127 ? 'signal ' . ($end & 127) : 'exit ' . ($end >> 8));
finish();
`;

/** The words that run a program so that everything ends with it; null where this system has no way to. */
export function contained(command: readonly string[], hasFile: boolean): readonly string[] | null {
  const call = process.platform === "linux" ? prctl[process.arch] : undefined;
  if (call === undefined || !existsSync(perl)) return null;
  return [perl, "-e", keeper, "--", String(call), hasFile ? "1" : "", ...command];
}
