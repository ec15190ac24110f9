/** Programs that are not in the tables because no option of theirs does more; their words are plain text or files. */
export const takesText: ReadonlySet<string> = new Set(
  "echo printf grep egrep fgrep zgrep cat ls head tail wc cut tr nl tac rev fold fmt pr paste join expand unexpand column comm cmp diff sdiff diff3 colordiff stat du df basename dirname realpath readlink seq expr date cal test [ true false yes sleep pwd cd pushd popd which whereis whatis apropos type help id whoami groups uname hostname uptime free ps top apt-cache info tldr journalctl nproc lscpu lsblk md5sum sha1sum sha256sum sha512sum b2sum cksum sum base64 base32 od hexdump strings iconv locale tput bc clear reset stty tty return exit break continue shift wait jobs fg bg disown kill killall pkill pgrep say logger notify-send figlet cowsay let getopts read printenv times umask :".split(
    " ",
  ),
);
