# writer.sh: the same module for the shell. See writer.c.
k=${SKELLY_INCARNATION##*/}
book() { read -r now _ </proc/uptime; printf '%s %s %s %s %s\n' "$1" "$CHAOS_ID" "$k" $$ "$now" >>"$CHAOS_DIR/book"; }
trap 'book E; exit 0' TERM
exec 7>>"$CHAOS_DIR/locks/$CHAOS_ID"
if flock -n 7; then book S; else book D; fi
n=1 before= again= told=
while :; do
  if printf '%schaos %s %s %s %s.\n' "$before" "$CHAOS_ID" "$k" $n "$again" 2>/dev/null; then
    printf . >>"$CHAOS_DIR/count/$CHAOS_ID.$k"
    n=$((n + 1)) before= again=
  else
    before='
' again=r
  fi
  [ "$told" ] || { printf '\nready\n' 2>/dev/null && told=1; }
  : >"$CHAOS_DIR/beat/$CHAOS_ID"
  if [ -s "$CHAOS_DIR/orders/$CHAOS_ID" ]; then
    read -r what with <"$CHAOS_DIR/orders/$CHAOS_ID"
    rm -f "$CHAOS_DIR/orders/$CHAOS_ID"
    case $what in
    exit) book E; exit "$with" ;;
    fork) setsid sh -c 'trap "" TERM INT HUP; while :; do sleep 1; done' "$CHAOS_DIR" 7>&- & ;;
    bomb) for i in 1 2 3 4 5 6; do (trap '' TERM INT HUP; while :; do sleep 1; done) & done ;;
    esac
  fi
  sleep 0.2
done
