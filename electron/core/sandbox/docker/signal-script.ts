import { markedFunction } from "../mark-search.ts";

/** Name of the variable that marks a process, and through inheritance all that it starts. */
export const markVariable = "GATEHOUSE_PROCESS";

/**
 * Signals a marked process, everything below it and everything that carries its mark, with bash
 * builtins only: it must work where not one more process can be had. Arguments: mark, signal, and
 * `keep` or `all` for the wrapper (the process whose parent is outside).
 *
 * The wrapper is a subreaper, so a double fork or a new session does not leave the tree; a cleared
 * environment hides the mark but not the ancestry. For KILL all are stopped before the first dies,
 * and looked for again until no new one turns up. Exit 0: done, 1: some are left.
 */
export const signalScript = `
set -u
mark="${markVariable}=$1"; signal=$2; wrapper=$3
${markedFunction}
find_them() {
  local folder pid stat rest children=() queue=() seen=() all=()
  them=()
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/}
    [ "$pid" = "$$" ] && continue
    stat=
    IFS= read -r -d '' stat 2>/dev/null < "$folder/stat"
    [ -n "$stat" ] || continue
    rest=\${stat##*) }
    set -- $rest
    [ "$1" = Z ] && continue
    [ "$1" = X ] && continue
    children[$2]="\${children[$2]-} $pid"
    marked "$pid" && { queue+=("$pid"); [ "$2" = 0 ] && seen[$pid]=root; }
  done
  while [ \${#queue[@]} -gt 0 ]; do
    pid=\${queue[0]}; queue=("\${queue[@]:1}")
    case "\${seen[$pid]-}" in
      yes) continue ;;
      root) [ "$wrapper" = keep ] || them+=("$pid") ;;
      *) them+=("$pid") ;;
    esac
    seen[$pid]=yes
    queue+=(\${children[$pid]-})
  done
}
if [ "$signal" != KILL ]; then
  find_them
  [ \${#them[@]} -gt 0 ] && kill -s "$signal" "\${them[@]}" 2>/dev/null
  exit 0
fi
wrapper=all
known=-1
for round in 1 2 3 4 5 6 7 8 9 10; do
  find_them
  [ \${#them[@]} -eq 0 ] && exit 0
  [ \${#them[@]} -eq "$known" ] && break
  known=\${#them[@]}
  kill -s STOP "\${them[@]}" 2>/dev/null
done
SECONDS=0
while [ "$SECONDS" -lt 3 ]; do
  find_them
  [ \${#them[@]} -eq 0 ] && exit 0
  kill -s KILL "\${them[@]}" 2>/dev/null
done
exit 1
`;
