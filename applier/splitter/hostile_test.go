package splitter

import (
	"bytes"
	"net/netip"
	"testing"
)

// Kind of fault: what is malformed or of another exporter ends the splitter, or is sent to a tenant.
func TestWhatIsNotARecordOfTheBridge(t *testing.T) {
	head := func(content ...byte) []byte {
		return append(appendHeader(nil, headerLength+len(content), header{domain: bridgeDomain}), content...)
	}
	set := func(id uint16, content ...byte) []byte { return head(appendSet(nil, id, content)...) }
	at := func(domain uint32, in point) []byte {
		f := flow{in: in, source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: 1}
		return message(domain, newTest(t).Now(), f)
	}
	good := func(domain uint32) []byte { return at(domain, named("p1", 1)) }
	cut := good(bridgeDomain)
	cut[headerLength+3]--
	cut[3]--
	tests := map[string]struct {
		datagram []byte
		want     Counts
	}{
		"empty":                           {nil, Counts{Malformed: 1}},
		"NetFlow v5":                      {[]byte{0, 5, 0, 0}, Counts{Malformed: 1}},
		"header only":                     {head(), Counts{}},
		"length beyond the end":           {append(appendHeader(nil, 100, header{}), 0), Counts{Malformed: 1}},
		"length within the header":        {appendHeader(nil, 15, header{}), Counts{Malformed: 1}},
		"set of no length":                {head(1, 28, 0, 0), Counts{Malformed: 1}},
		"set beyond the end":              {head(1, 28, 0, 5), Counts{Malformed: 1}},
		"reserved set":                    {set(4), Counts{Malformed: 1}},
		"data without a template":         {set(9999, 1, 2, 3), Counts{NoTemplate: 1}},
		"padding":                         {set(udpIngress, 0, 0, 0), Counts{}},
		"a record of too few bytes":       {set(udpIngress, 0, 0, 1), Counts{Malformed: 1}},
		"a record that is cut":            {cut[:len(cut)-1], Counts{Malformed: 1}},
		"template with a set's ID":        {set(setTemplates, 0, 5, 0, 1, 0, 82, 0, 4), Counts{Malformed: 1}},
		"template that is cut":            {set(setTemplates, 1, 5, 0, 2, 0, 82, 0, 4), Counts{Malformed: 1}},
		"template of too many fields":     {set(setTemplates, 1, 5, 255, 255), Counts{Malformed: 1}},
		"field of no length":              {set(setTemplates, 1, 5, 0, 1, 0, 82, 0, 0), Counts{Malformed: 1}},
		"withdrawal":                      {set(setTemplates, 1, 28, 0, 0), Counts{}},
		"another domain's data":           {good(5), Counts{OtherDomain: 1}},
		"another exporter of the bridge":  {good(6), Counts{OtherDomain: 1}},
		"a record of the bridge":          {good(bridgeDomain), Counts{Records: 1}},
		"of an unknown interface":         {at(bridgeDomain, named("p2", 2)), Counts{Records: 1, Unknown: 1}},
		"of one that has only a number":   {at(bridgeDomain, named("", 2)), Counts{Records: 1, Unknown: 1}},
		"of none, from OVN's controller":  {at(bridgeDomain, named("", 0)), Counts{Records: 1, OfNoPod: 1}},
		"an options template and padding": {set(setOptionsTemplates, 4, 0, 0, 1, 0, 1, 0, 149, 0, 4, 0, 0), Counts{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			s.SetPorts([]Port{{"1", "p1", 1, Pod{"team-a", "one"}}})
			s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{collectorAddress(1)}}})
			for _, datagram := range append(templatesOf(t, bridgeDomain), templatesOf(t, 6)...) {
				s.Handle(vswitchd(), datagram)
			}
			before, _ := s.Counts()
			s.Handle(vswitchd(), test.datagram)
			got, _ := s.Counts()
			got.Datagrams = 0
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			s.Handle(vswitchd(), good(bridgeDomain)) // it goes on
			s.finish(t)
			if n := len(decoded(t, s.network.at(collectorAddress(1)))); n != int(test.want.Records-test.want.Unknown-test.want.OfNoPod)+1 {
				t.Errorf("%d records were sent; before: %+v", n, before)
			}
		})
	}
}

// Kind of fault: a tenant learns about others from the records of its own pods.
func TestNothingAboutOthersIsSent(t *testing.T) {
	s := newTest(t)
	s.SetPorts([]Port{{"1", "secret", 77, Pod{"team-b", "one"}}, {"2", "mine", 88, Pod{"team-a", "two"}}})
	s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{collectorAddress(1)}}})
	for _, datagram := range templatesOf(t, bridgeDomain) {
		s.Handle(vswitchd(), datagram)
	}
	f := flow{in: named("secret", 77), out: named("mine", 88), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: 3}
	s.Handle(vswitchd(), message(bridgeDomain, s.Now(), f))
	s.finish(t)
	messages := s.network.at(collectorAddress(1))
	if len(messages) != 3 {
		t.Fatalf("%d messages: want sampling, a template and a record", len(messages))
	}
	if sent := bytes.Join(messages, nil); bytes.Contains(sent, []byte("secret")) || !bytes.Contains(sent, []byte("mine")) {
		t.Errorf("sent %q", sent)
	}
	template := cursor{rest: messages[1][headerLength+setHeaderLength:]}
	template.uint16()
	fields, err := readFields(&template, int(template.uint16()))
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for _, f := range fields {
		if f.is(interfaceName) {
			names++
		}
		if !f.enterprise && (exporterWide(f.element) || f.element == ingressInterface || f.element == flowStartDelta) {
			t.Errorf("element %d is sent", f.element)
		}
	}
	if names != 1 {
		t.Errorf("%d names of interfaces", names)
	}
}

// Templates of many domains and kinds are bounded.
func TestTemplatesAreBounded(t *testing.T) {
	s := newTest(t)
	for domain := range uint32(100) {
		for id := range uint16(2000) {
			content := []byte{byte(id/250) + 1, byte(id % 250), 0, 1, 0, 10, byte(domain), byte(id%250) + 1}
			s.Handle(vswitchd(), append(appendHeader(nil, headerLength+setHeaderLength+len(content), header{domain: domain}), appendSet(nil, setTemplates, content)...))
		}
	}
	if len(s.templates.domains) > maxDomains || len(s.templates.forms) > maxForms {
		t.Errorf("%d domains, %d forms", len(s.templates.domains), len(s.templates.forms))
	}
	for _, known := range s.templates.domains {
		if len(known) > maxTemplates {
			t.Errorf("%d templates in a domain", len(known))
		}
	}
}
