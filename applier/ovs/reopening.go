package ovs

import (
	"strconv"

	"sluice/validation"
)

// reopened is, by format, the column that makes ovs-vswitchd close the sockets of an exporter, if changed,
// and open them again, with the least effect on the records: sFlow's counters and IPFIX's flows are
// reported a second later for a moment. NetFlow's sockets are opened again with every change of the
// database.
func reopened(f validation.Format) (c ColumnName, most int64) {
	switch f {
	case validation.SFlow:
		return Polling, 1 << 30
	case validation.IPFIX:
		return CacheActiveTimeout, 4200
	case validation.NetFlow, validation.Kafka, validation.OpenTelemetry, validation.Loki, validation.Unrecognized:
	}
	return "", 0
}

// WakeOperations are a transaction for ovsdb-client that changes nothing but next_cfg. ovs-vswitchd
// then goes through its configuration, and tries once more to open the sockets that it lacks.
func WakeOperations() []any {
	next := []any{[]any{"next_cfg", "+=", 1}}
	return []any{
		SwitchDatabase,
		operation{"op": "comment", "comment": "ovsdb-client (invoked by sluice-agent to open sockets)"},
		operation{"op": "mutate", "table": "Open_vSwitch", "where": everyRow(), "mutations": next},
	}
}

// ReopenArguments are the arguments of ovs-vsctl for two transactions that make ovs-vswitchd open the
// sockets of a row again that it has: one changes a column, and the other restores it. ovs-vsctl
// waits until ovs-vswitchd has applied each. The result is nil if WakeOperations are enough.
func ReopenArguments(bridge Bridge, row Row) [][]string {
	name, most := reopened(row.Exporter.Format)
	if name == "" {
		return nil
	}
	table, id, c := TableOf(row.Exporter.Format), string(row.UUID), column(name)
	stored, isSet := row.Exporter.Settings[name]
	now, err := strconv.ParseInt(c.effective(stored), 10, 64)
	if err != nil {
		now = 0 // the server has integers only
	}
	other := now + 1
	if other > most {
		other = now - 1
	}
	between := row.Exporter.Without(name)
	between.Settings[name] = strconv.FormatInt(other, 10)
	changed := string(name) + "=" + between.Settings[name]
	is, restore := string(name)+"=[]", []string{"--", "clear", table, id, string(name)}
	if isSet {
		is = string(name) + "=" + stored
		restore = []string{"--", "set", table, id, is}
	}
	return thereAndBack(bridge, row, between, is, changed, []string{"--", "set", table, id, changed}, restore)
}
