package validation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"sluice/validation"
)

// listener is a PolicySet that keeps the change.
type listener struct{ change *validation.Change }

func (l listener) Evaluate(_ validation.User, c validation.Change) validation.Decision {
	*l.change = c
	return validation.Decision{}
}

// flowCollector is a FlowCollector with a spec in YAML.
func flowCollector(t *testing.T, spec string) validation.Object {
	t.Helper()
	var content map[string]any
	if err := yaml.Unmarshal([]byte("metadata: {name: cluster}\nspec: "+spec), &content); err != nil {
		t.Fatal(err)
	}
	o, err := validation.FromMap(validation.FlowCollector, content)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// changeTo reviews a change of a FlowCollector; old is "" for a new one.
func changeTo(t *testing.T, old, spec string) validation.Change {
	t.Helper()
	var change validation.Change
	in := validation.Input{Object: flowCollector(t, spec), Policies: listener{&change}}
	if old != "" {
		stored := flowCollector(t, old)
		in.Operation, in.Old = validation.Update, &stored
	}
	if v := validation.Review(in); v.Outcome() != validation.Accepted {
		t.Fatalf("%s: %+v", spec, v)
	}
	return change
}

// said are collectors for comparison: format, place and field.
func said(list []validation.Collector) []string {
	var texts []string
	for _, c := range list {
		texts = append(texts, fmt.Sprintf("%s %s (%s)", c.Format, c.Text(), strings.TrimPrefix(c.Field, "spec.")))
	}
	return texts
}

func TestTheDestinationsOfAFlowCollector(t *testing.T) {
	const off = `loki: {enable: false}`
	for spec, want := range map[string][]string{
		`{}`: nil,
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: 10.0.0.5, targetPort: 4740}}]}`:                  {"IPFIX 10.0.0.5:4740 (exporters[0].ipfix.targetHost)"},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: "2001:DB8::1"}}]}`:                               {"IPFIX [2001:db8::1]:4739 (exporters[0].ipfix.targetHost)"},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: "[2001:db8::1]"}}]}`:                             {"IPFIX [2001:db8::1]:4739 (exporters[0].ipfix.targetHost)"},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: "::ffff:10.0.0.5"}}]}`:                           {"IPFIX 10.0.0.5:4739 (exporters[0].ipfix.targetHost)"},
		`{` + off + `, exporters: [{type: OpenTelemetry, openTelemetry: {targetHost: OTEL.example.com.}}]}`:           {"OpenTelemetry otel.example.com:4317 (exporters[0].openTelemetry.targetHost)"},
		`{` + off + `, exporters: [{type: Kafka, kafka: {address: "kafka.example.com:9093,10.0.0.7"}}]}`:              {"Kafka kafka.example.com:9093 (exporters[0].kafka.address)", "Kafka 10.0.0.7:9092 (exporters[0].kafka.address)"},
		`{` + off + `, exporters: [{type: KAFKA, kafka: {address: "k:1"}}, {type: Kafka, kafka: {address: "K.:1"}}]}`: {"Kafka k:1 (exporters[0].kafka.address)"},
		`{` + off + `, kafka: {address: "k:1"}}`:                                                                      nil,
		`{` + off + `, deploymentModel: Direct, kafka: {address: "k:1"}}`:                                             nil,
		`{` + off + `, deploymentModel: Kafka, kafka: {address: "k:1"}}`:                                              {"Kafka k:1 (kafka.address)"},
		`{` + off + `, deploymentModel: KAFKA, kafka: {address: "k:1"}}`:                                              {"Kafka k:1 (kafka.address)"},
		`{` + off + `, deploymentModel: Stream, kafka: {address: "k:1"}}`:                                             {`records the deployment model "Stream" (deploymentModel)`},
		`{loki: {}}`: {"Loki loki:3100 (loki.monolithic.url)"},
		`{loki: {mode: Monolithic, monolithic: {url: "https://10.0.0.9/"}}}`:                                             {"Loki 10.0.0.9:443 (loki.monolithic.url)"},
		`{loki: {mode: Monolithic, monolithic: {installDemoLoki: true, url: "http://evil/"}}}`:                           {"Loki loki:3100 (loki.monolithic.url)"},
		`{loki: {mode: Microservices, microservices: {querierUrl: "http://q/"}}}`:                                        {"Loki loki-distributor:3100 (loki.microservices.ingesterUrl)"},
		`{loki: {mode: Manual, manual: {ingesterUrl: "http://u:p@Loki.Example.com:3100/x?y", querierUrl: "http://q/"}}}`: {"Loki loki.example.com:3100 (loki.manual.ingesterUrl)"},
		`{loki: {mode: Manual, monolithic: {url: "http://ignored/"}, manual: {ingesterUrl: "http://[2001:db8::1]:1/"}}}`: {"Loki [2001:db8::1]:1 (loki.manual.ingesterUrl)"},
		`{namespace: flows, loki: {mode: LokiStack, lokiStack: {name: stack}}}`:                                          {"Loki stack-gateway-http.flows.svc.cluster.local:8080 (loki.lokiStack)"},
		`{loki: {mode: LOKISTACK, lokiStack: {name: stack, namespace: other}}}`:                                          {"Loki stack-gateway-http.other.svc.cluster.local:8080 (loki.lokiStack)"},
		`{loki: {mode: LokiStack, lokiStack: {name: evil.example.com}}}`:                                                 {`records the LokiStack "netobserv/evil.example.com" (loki.lokiStack)`},
		`{loki: {mode: Cloud}}`: {`records Loki in the mode "Cloud" (loki.mode)`},
		`{loki: {mode: Manual, manual: {ingesterUrl: "unix:///run/loki"}}}`: {`records Loki at "unix:///run/loki" (loki.manual.ingesterUrl)`},
		`{loki: 7}`: {"records Loki settings that are a number (loki)"},
		// What can't be read is not empty.
		`{` + off + `, exporters: [{type: Splunk, splunk: {}}]}`:                                   {`records an exporter of the type "Splunk" (exporters[0].type)`},
		`{` + off + `, exporters: [{}]}`:                                                           {"records an exporter of the type nothing (exporters[0].type)"},
		`{` + off + `, exporters: [7]}`:                                                            {"records an exporter that is a number (exporters[0])"},
		`{` + off + `, exporters: {a: 1}}`:                                                         {"records exporters that are an object (exporters)"},
		`{` + off + `, exporters: [{type: IPFIX}]}`:                                                {"records IPFIX to the host nothing and the port nothing (exporters[0].ipfix.targetHost)"},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: ""}}]}`:                       {`records IPFIX to the host "" and the port nothing (exporters[0].ipfix.targetHost)`},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: "10.1"}}]}`:                   {`records IPFIX to the host "10.1" and the port nothing (exporters[0].ipfix.targetHost)`},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: "0x0a000001"}}]}`:             {`records IPFIX to the host "0x0a000001" and the port nothing (exporters[0].ipfix.targetHost)`},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: "fe80::1%eth0"}}]}`:           {`records IPFIX to the host "fe80::1%eth0" and the port nothing (exporters[0].ipfix.targetHost)`},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: a.b, targetPort: 70000}}]}`:   {`records IPFIX to the host "a.b" and the port 70000 (exporters[0].ipfix.targetHost)`},
		`{` + off + `, exporters: [{type: IPFIX, ipfix: {targetHost: "a.b/c"}}]}`:                  {`records IPFIX to the host "a.b/c" and the port nothing (exporters[0].ipfix.targetHost)`},
		`{` + off + `, exporters: [{type: Kafka, kafka: {address: "2001:db8::1:9092"}}]}`:          {`records Kafka at "2001:db8::1:9092" (exporters[0].kafka.address)`},
		`{` + off + `, exporters: [{type: Kafka, kafka: {address: "$(X):9092"}}]}`:                 {`records Kafka at "$(X):9092" (exporters[0].kafka.address)`},
		`{` + off + `, agent: {ebpf: {advanced: {env: {GOGC: "50", LOG_LEVEL: debug}}}}}`:          nil,
		`{` + off + `, agent: {ebpf: {advanced: {env: {HTTPS_PROXY: "http://evil:1"}}}}}`:          {`records the environment variable "HTTPS_PROXY" (agent.ebpf.advanced.env.HTTPS_PROXY)`},
		`{` + off + `, processor: {advanced: {env: {X: "1"}}}}`:                                    {`records the environment variable "X" (processor.advanced.env.X)`},
		`{` + off + `, prometheus: {querier: {manual: {url: "http://evil/"}}}, consolePlugin: {}}`: nil,
	} {
		if diff := cmp.Diff(want, said(changeTo(t, "", spec).Added)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", spec, diff)
		}
	}
}

func TestOnlyTheDifferenceOfAFlowCollectorIsEvaluated(t *testing.T) {
	exporter := func(host string) string { return `{type: IPFIX, ipfix: {targetHost: "` + host + `"}}` }
	for name, c := range map[string]struct {
		old, new       string
		added, removed []string
	}{
		"nothing":               {`{exporters: [` + exporter("a") + `]}`, `{exporters: [` + exporter("A.") + `], sampling: 1}`, nil, nil},
		"one more":              {`{exporters: [` + exporter("a") + `]}`, `{exporters: [` + exporter("b") + `,` + exporter("a") + `]}`, []string{"IPFIX b:4739"}, nil},
		"another port":          {`{exporters: [` + exporter("a") + `]}`, `{exporters: [{type: IPFIX, ipfix: {targetHost: a, targetPort: 1}}]}`, []string{"IPFIX a:1"}, []string{"IPFIX a:4739"}},
		"another format":        {`{exporters: [` + exporter("a") + `]}`, `{exporters: [{type: OpenTelemetry, openTelemetry: {targetHost: a, targetPort: 4739}}]}`, []string{"OpenTelemetry a:4739"}, []string{"IPFIX a:4739"}},
		"in another place":      {`{deploymentModel: Kafka, kafka: {address: "k:1"}}`, `{exporters: [{type: Kafka, kafka: {address: "k:1"}}]}`, nil, nil},
		"takes effect":          {`{kafka: {address: "k:1"}}`, `{kafka: {address: "k:1"}, deploymentModel: Kafka}`, []string{"Kafka k:1"}, nil},
		"Loki is enabled":       {`{loki: {enable: false, mode: Manual, manual: {ingesterUrl: "http://l/"}}}`, `{loki: {mode: Manual, manual: {ingesterUrl: "http://l/"}}}`, []string{"Loki l:80"}, nil},
		"unreadable, as before": {`{exporters: [{type: Splunk, splunk: {b: 1, a: 2}}]}`, `{exporters: [{type: Splunk, splunk: {a: 2, b: 1}}]}`, nil, nil},
		"unreadable, and changed": {
			`{exporters: [{type: Splunk, splunk: {host: a}}]}`, `{exporters: [{type: Splunk, splunk: {host: b}}]}`,
			[]string{`records an exporter of the type "Splunk"`},
			[]string{`records an exporter of the type "Splunk"`},
		},
		"a variable with a long value": {
			`{agent: {ebpf: {advanced: {env: {HTTP_PROXY: "` + strings.Repeat("x", 100) + `1"}}}}}`, `{agent: {ebpf: {advanced: {env: {HTTP_PROXY: "` + strings.Repeat("x", 100) + `2"}}}}}`,
			[]string{`records the environment variable "HTTP_PROXY"`},
			[]string{`records the environment variable "HTTP_PROXY"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			change := changeTo(t, c.old, c.new)
			short := func(list []validation.Collector) (texts []string) {
				for _, collector := range list {
					texts = append(texts, collector.String())
				}
				return texts
			}
			if diff := cmp.Diff([][]string{c.added, c.removed}, [][]string{short(change.Added), short(change.Removed)}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Exporters beyond those that are read are never taken for unchanged.
func TestTooManyExportersAreNeverUnchanged(t *testing.T) {
	spec := "{exporters: [" + strings.Repeat("{type: IPFIX, ipfix: {targetHost: a}},", 1001) + "]}"
	change := changeTo(t, spec, spec)
	if len(change.Added) != 1 || change.Added[0].Unknown != "1 exporter beyond the number that is read" {
		t.Errorf("added %v", said(change.Added))
	}
}

// A text that is too long to be read is never taken for unchanged, wherever it is.
func TestALongTextOfAFlowCollectorIsNeverUnchanged(t *testing.T) {
	long := strings.Repeat("x", validation.MaxText+1)
	for _, spec := range []string{
		`{exporters: [{type: IPFIX, ipfix: {targetHost: LONG}}]}`, `{exporters: [{type: LONG}]}`, `{exporters: [{type: Splunk, splunk: {host: LONG}}]}`,
		`{exporters: [{type: Kafka, kafka: {address: LONG}}]}`, `{exporters: [LONG]}`, `{exporters: LONG}`, `{deploymentModel: LONG}`, `{deploymentModel: Kafka, kafka: {address: LONG}}`,
		`{loki: LONG}`, `{loki: {mode: LONG}}`, `{loki: {mode: Manual, manual: {ingesterUrl: LONG}}}`, `{loki: {mode: LokiStack, lokiStack: {name: LONG}}}`,
		`{loki: {mode: LokiStack, lokiStack: {namespace: LONG}}}`, `{namespace: LONG, loki: {mode: LokiStack}}`,
		`{agent: {ebpf: {advanced: {env: {HTTP_PROXY: LONG}}}}}`, `{processor: {advanced: {env: LONG}}}`,
	} {
		spec := strings.Replace(spec, "LONG", long, 1)
		if change := changeTo(t, spec, spec); len(change.Added) != 1 || change.Added[0].Unknown == "" || len(change.Added[0].Unknown) > 300 {
			t.Errorf("%.60s: added %v", spec, said(change.Added))
		}
	}
}
