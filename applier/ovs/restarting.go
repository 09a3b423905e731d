package ovs

// RestartArguments are the arguments of ovs-vsctl for two transactions that make ovs-vswitchd start the
// exporter of a row again, so that it sends its templates to all targets with the next record: one takes the
// targets away, and the other restores them. ovs-vsctl waits until ovs-vswitchd has applied each.
func RestartArguments(row Row) [][]string {
	table, id := TableOf(row.Exporter.Format), string(row.UUID)
	targets := "targets=" + textSet(row.Exporter.Targets)
	// Another program may have changed the row.
	return [][]string{
		{"--", "wait-until", table, id, targets, "--", "clear", table, id, "targets"},
		{"--", "wait-until", table, id, "targets=[]", "--", "set", table, id, targets},
	}
}
