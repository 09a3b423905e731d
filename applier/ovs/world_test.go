package ovs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// world is the content of a node's database: what a test puts there.
type world struct {
	bridges []bridge // the first is Sluice's
	rows    map[ovs.UUID]ovs.Exporter
	sets    []ovs.CollectorSet
}

type bridge struct {
	id     ovs.UUID
	name   string
	export [3]ovs.UUID
	ids    map[string]string
}

// id makes up the UUID of a row.
func id(number int) ovs.UUID {
	return ovs.UUID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", number))
}

const vswitch = "br-int"

// older is the schema of Open vSwitch 3.1, of the three tables.
func older(t testing.TB) ovs.Schema {
	t.Helper()
	return schemaWith(t)
}

// schemaWith is the schema of Open vSwitch 3.1, of the three tables, with more columns of IPFIX.
func schemaWith(t testing.TB, columns ...string) ovs.Schema {
	t.Helper()
	tables := map[string]any{}
	for _, f := range validation.Formats() {
		named := map[string]any{}
		for _, name := range headings[f][1:] {
			named[name] = map[string]any{}
		}
		if f == validation.IPFIX {
			for _, name := range columns {
				named[name] = map[string]any{}
			}
		}
		tables[ovs.TableOf(f)] = map[string]any{"columns": named}
	}
	text, err := json.Marshal(map[string]any{"tables": tables})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := ovs.ParseSchema(text)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// headings are the columns of Open vSwitch 3.1.
var headings = [3][]string{
	validation.NetFlow: {"_uuid", "active_timeout", "add_id_to_interface", "engine_id", "engine_type", "external_ids", "targets"},
	validation.SFlow:   {"_uuid", "agent", "external_ids", "header", "polling", "sampling", "targets"},
	validation.IPFIX:   {"_uuid", "cache_active_timeout", "cache_max_flows", "external_ids", "obs_domain_id", "obs_point_id", "other_config", "sampling", "targets"},
}

// printed is what ovs-vsctl prints for ReadArguments.
func (w world) printed(t testing.TB) []byte {
	t.Helper()
	type list = []any
	uuid := func(id ovs.UUID) any {
		if id == "" {
			return list{"set", list{}}
		}
		return list{"uuid", id}
	}
	pairs := func(m map[string]string) any {
		var all list
		for _, key := range slices.Sorted(maps.Keys(m)) {
			all = append(all, list{key, m[key]})
		}
		return list{"map", append(list{}, all...)}
	}
	var bridges, sets list
	for _, b := range w.bridges {
		bridges = append(bridges, list{uuid(b.id), b.name, pairs(b.ids), uuid(b.export[0]), uuid(b.export[1]), uuid(b.export[2])})
	}
	for _, s := range w.sets {
		sets = append(sets, list{uuid(s.UUID), uuid(s.Bridge), pairs(marks(s)), s.ID, uuid(s.IPFIX)})
	}
	var b strings.Builder
	write := func(headings []string, data list) {
		text, err := json.Marshal(map[string]any{"headings": headings, "data": append(list{}, data...)})
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(string(text) + "\n")
	}
	write([]string{"_uuid", "name", "external_ids", "netflow", "sflow", "ipfix"}, bridges)
	for _, f := range validation.Formats() {
		var rows list
		for id, r := range w.rows {
			if r.Format == f {
				rows = append(rows, printedRecord(uuid(id), r))
			}
		}
		write(headings[f], rows)
	}
	write([]string{"_uuid", "bridge", "external_ids", "id", "ipfix"}, sets)
	write([]string{"next_cfg", "cur_cfg", "ovs_version"}, list{list{0, 0, list{"set", list{}}}})
	return []byte(b.String())
}

func printedRecord(uuid any, r ovs.Exporter) []any {
	var cells []any
	for _, h := range headings[r.Format] {
		var cell any = []any{"set", []any{}}
		value, set := r.Settings[ovs.ColumnName(h)]
		switch {
		case h == "_uuid":
			cell = uuid
		case h == "targets" && len(r.Targets) == 1:
			cell = r.Targets[0]
		case h == "targets":
			cell = []any{"set", append([]string{}, r.Targets...)}
		case h == string(ovs.OtherConfig):
			cell = []any{"map", pairs(value)}
		case h == string(ovs.AddIDToInterface):
			cell = value == "true"
		case h == string(ovs.Agent) && set:
			cell = value
		case set:
			cell = json.Number(value)
		case h == string(ovs.ActiveTimeout):
			cell = 0
		}
		cells = append(cells, cell)
	}
	return cells
}

// pairs are those of a map, as the server writes them.
func pairs(object string) [][2]string {
	read, list := map[string]string{}, [][2]string{}
	if object != "" {
		if err := json.Unmarshal([]byte(object), &read); err != nil {
			panic(err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(read)) {
		list = append(list, [2]string{key, read[key]})
	}
	return list
}

// written is the value of a column as ovs-vsctl reads it.
func written(c ovs.ColumnName, value string) string {
	if c == ovs.AddIDToInterface {
		return value
	}
	if c == ovs.OtherConfig {
		var list []string
		for _, p := range pairs(value) {
			list = append(list, quotedText(p[0])+"="+quotedText(p[1]))
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	return quoted(value)
}

func marks(s ovs.CollectorSet) map[string]string {
	if s.Ours {
		return map[string]string{ovs.DropsKey: "true"}
	}
	return map[string]string{"owner": "somebody else"}
}

// state is the world as Sluice reads it.
func (w world) state(t testing.TB) ovs.State {
	t.Helper()
	s, err := ovs.ParseState(w.printed(t), older(t), vswitch)
	if err != nil {
		t.Fatalf("%v in\n%s", err, w.printed(t))
	}
	return s
}

// removal are the arguments of ovs-vsctl that empty the database.
func removal() []string {
	return []string{"--", "--all", "destroy", "Flow_Sample_Collector_Set", "--", "clear", "Open_vSwitch", ".", "bridges"}
}

// arguments are those of ovs-vsctl that make the world in an empty database.
func (w world) arguments() []string {
	var args, bridges []string
	create := func(id ovs.UUID, table string, columns ...string) {
		args = append(append(args, "--", "--id="+string(id), "create", table), columns...)
	}
	for id, r := range w.rows {
		columns := []string{"targets=" + set(r.Targets...)}
		for c, v := range r.Settings {
			columns = append(columns, string(c)+"="+written(c, v))
		}
		create(id, ovs.TableOf(r.Format), columns...)
	}
	for _, b := range w.bridges {
		columns := []string{"name=" + quoted(b.name)}
		for i, name := range []string{"netflow", "sflow", "ipfix"} {
			if b.export[i] != "" {
				columns = append(columns, name+"="+string(b.export[i]))
			}
		}
		for key, value := range b.ids {
			columns = append(columns, "external_ids:"+quoted(key)+"="+quoted(value))
		}
		create(b.id, "Bridge", columns...)
		bridges = append(bridges, string(b.id))
	}
	for _, s := range w.sets {
		columns := []string{fmt.Sprintf("id=%d", s.ID), "bridge=" + string(s.Bridge)}
		if s.IPFIX != "" {
			columns = append(columns, "ipfix="+string(s.IPFIX))
		}
		for key, value := range marks(s) {
			columns = append(columns, "external_ids:"+quoted(key)+"="+quoted(value))
		}
		create(s.UUID, "Flow_Sample_Collector_Set", columns...)
	}
	return append(args, "--", "set", "Open_vSwitch", ".", "bridges=["+strings.Join(bridges, ",")+"]")
}

// quoted is a value as ovs-vsctl reads it: numbers stay bare.
func quoted(text string) string {
	if text != "" && strings.Trim(text, "-0123456789") == "" {
		return text
	}
	return quotedText(text)
}

func quotedText(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func set(texts ...string) string {
	var all []string
	for _, t := range texts {
		all = append(all, quotedText(t))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// read reads the real database.
func (d *database) read(t *testing.T) ovs.State {
	t.Helper()
	out, _, err := d.output(10*time.Second, ovs.ReadArguments()...) // a tool may warn of columns that the server lacks
	if err != nil {
		t.Fatal(err)
	}
	s, err := ovs.ParseState([]byte(out), d.schemaOf(t, ovs.SwitchDatabase), vswitch)
	if err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	return s
}

// shape is a state as text in which all rows that are not in an older state look the same.
func shape(s, older ovs.State) string {
	old := map[ovs.UUID]bool{}
	for id := range older.Rows {
		old[id] = true
	}
	for _, c := range older.CollectorSets {
		old[c.UUID] = true
	}
	name := func(id ovs.UUID) string {
		if id == "" || old[id] {
			return string(id)
		}
		return "new"
	}
	row := func(id ovs.UUID) string {
		r, ok := s.Rows[id]
		if !ok {
			return "none"
		}
		return name(id) + " " + rowText(r)
	}
	var lines []string
	for id := range s.Rows {
		lines = append(lines, "row "+row(id))
	}
	for _, c := range s.CollectorSets {
		lines = append(lines, fmt.Sprintf("collector set %s id=%d bridge=%s ours=%t ipfix=%s", name(c.UUID), c.ID, c.Bridge, c.Ours, row(c.IPFIX)))
	}
	slices.Sort(lines)
	if s.Bridge != nil {
		for _, f := range validation.Formats() {
			lines = append(lines, fmt.Sprintf("%s %s %s", s.Bridge.Name, f.Field(), row(s.Bridge.Export[f])))
		}
		lines = append(lines, fmt.Sprintf("%s note %q %t", s.Bridge.Name, s.Bridge.LastApplied.String(), s.Bridge.HasLastApplied))
	}
	return strings.Join(lines, "\n") + "\n"
}

// rowText is what is stored in a row, to the letter.
func rowText(r ovs.Row) string {
	text := r.Exporter.Format.String() + " targets=" + set(slices.Sorted(slices.Values(r.Exporter.Targets))...)
	for _, c := range slices.Sorted(maps.Keys(r.Exporter.Settings)) {
		text += fmt.Sprintf(" %s=%q", c, r.Exporter.Settings[c])
	}
	if r.Shared {
		text += " shared"
	}
	return text
}

// names makes up new UUIDs.
func names() func() ovs.UUID {
	next := 0xffff0000
	return func() ovs.UUID { next++; return id(next) }
}
