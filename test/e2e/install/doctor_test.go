package install

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// doctor runs "kubectl sluice doctor".
func doctor(t *testing.T, plugin, user string) (text string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), plugin, "doctor")
	command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(user))
	out, err := command.CombinedOutput()
	if err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}

// expect compares the states of the findings, in order, and looks for texts.
func expect(t *testing.T, what, text string, code, wantCode int, states string, texts ...string) {
	t.Helper()
	var got []string
	for line := range strings.Lines(text) {
		if state, _, _ := strings.Cut(line, " "); state == "ok" || state == "warn" || state == "bad" || state == "unknown" {
			got = append(got, state)
		}
	}
	if strings.Join(got, " ") != states || code != wantCode {
		t.Errorf("%s: exit %d, %v, want %d, %s:\n%s", what, code, got, wantCode, states, text)
	}
	for _, part := range texts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: no %q in\n%s", what, part, text)
		}
	}
}

func TestDoctor(t *testing.T) {
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, code := doctor(t, plugin, cluster.Admin)
	expect(t, "nothing is installed", text, code, 1, "ok bad bad bad bad bad unknown unknown unknown ok unknown", "there is no Lease sluice-system/sluice-controller", "there is no CRD flowexportpolicies.sluice.dev, flowexportprofiles.sluice.dev, nodeflowexports.sluice.dev", "the API server accepts 192.0.2.01:2055")

	o := installed(t, "openshift")
	text, code = doctor(t, plugin, cluster.Admin)
	expect(t, "nothing runs", text, code, 1, "ok ok bad bad bad bad bad bad bad ok ok ok ok ok", "it has no rules yet: the API server accepts lists without a check", "has no path that the webhook answers", "has no caBundle", "the Service sluice-system/sluice-webhook has no ready endpoint", "the API server accepts 192.0.2.01:2055")

	fixedPaths(t)
	text, code = doctor(t, plugin, cluster.Admin)
	expect(t, "everyone knows the path", text, code, 1, "ok ok ok ok bad ok ok ok bad ok ok ok ok ok", "calls the path /mutate, which everyone knows")
	aReplicaIsSilent(t, plugin)
	must(t, "", "delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice")
	if _, err := shared.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}

	directory := t.TempDir()
	injects(t, serviceCA(t, directory))
	_, replica := serve(t, o, withDirectory(arguments(t, o, "Deployment"), directory))
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
		t.Fatal(err)
	}
	text, code = doctor(t, plugin, cluster.Admin)
	expect(t, "all is well", text, code, 0, "ok ok ok ok ok ok ok ok ok ok ok ok ok ok", "no agent has reported", "there is no FlowExportPolicy", "no change passed without a review")
	sampled(t, text, "SluiceWebhookFailsOpen")

	text, code = doctor(t, plugin, cluster.Viewer)
	expect(t, "who may not look", text, code, 2, "ok unknown unknown unknown unknown unknown unknown unknown unknown unknown unknown", "is forbidden")

	aPolicyIsInvalid(t, plugin)

	must(t, "", "patch", "validatingwebhookconfiguration", "sluice", "--type=json", "-p", `[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"},{"op":"remove","path":"/webhooks/1"}]`)
	text, code = doctor(t, plugin, cluster.Admin)
	expect(t, "a changed registration", text, code, 1, "ok ok ok bad ok ok ok ok ok ok ok ok ok ok", "networks.validate.sluice.dev: failurePolicy differs from the manifests", "networks-removal.validate.sluice.dev is missing")
	sampled(t, text, "SluiceRegistrationChanged")

	must(t, closed, "create", "-f", "-")
	defer must(t, "", "delete", "fep", "closed")
	eventually(t, says(t, plugin, "ok       every replica of the webhook has all policies in force"))
	must(t, "", "wait", "--for=condition=Ready", "--timeout=30s", "fep/closed")
	replica.Kill()
	eventually(t, func() string {
		if text, code = doctor(t, plugin, cluster.Admin); !strings.Contains(text, "has no ready endpoint") {
			return "doctor does not see that no replica is ready"
		}
		return ""
	})
	expect(t, "the webhook is down", text, code, 1, "ok ok ok bad ok ok bad bad ok ok ok unknown ok ok", "failed calling webhook", "no replica is ready")
	sampled(t, text, "SluiceWebhookDown", "SluiceWebhookCallsFail")
}

// sampled holds the output that runbooks show for their first command to what doctor printed.
func sampled(t *testing.T, text string, pages ...string) {
	t.Helper()
	for _, page := range pages {
		_, console, _ := strings.Cut(pageText(t, "docs/runbooks/"+page+".md"), "```console\n$ kubectl sluice doctor\n")
		console, _, _ = strings.Cut(console, "```")
		shown := 0
		for line := range strings.Lines(console) {
			if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "$ ") {
				shown++
				if !strings.Contains(text, line) {
					t.Errorf("%s shows %q, and doctor prints\n%s", page, line, text)
				}
			}
		}
		if shown == 0 {
			t.Errorf("%s shows no output of its first command", page)
		}
	}
}

// closed is a valid policy.
const closed = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: closed}, spec: {deny: [{destinations: [203.0.113.0/24]}]}}`

// says waits until doctor prints a text.
func says(t *testing.T, plugin, part string) func() string {
	t.Helper()
	return func() string {
		if text, _ := doctor(t, plugin, cluster.Admin); !strings.Contains(text, part) {
			return text
		}
		return ""
	}
}

// aPolicyIsInvalid checks that a policy which the schema accepts and Sluice does not is one finding.
func aPolicyIsInvalid(t *testing.T, plugin string) {
	t.Helper()
	must(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: bad4}, spec: {allow: [{destinations: [10.20.0.1/16]}]}}`, "create", "-f", "-")
	defer must(t, "", "delete", "fep", "bad4")
	eventually(t, says(t, plugin, "policy bad4: generation 1 is not in force: spec.allow[0].destinations[0]:"))
	text, code := doctor(t, plugin, cluster.Admin)
	expect(t, "an invalid policy", text, code, 1, "ok ok ok ok ok ok ok ok ok bad ok ok ok ok", "there is no valid FlowExportPolicy", "kubectl edit fep bad4; kubectl sluice runbook SluicePolicyNotInForce")
	if wide := must(t, "", "get", "fep", "bad4", "-o", "wide").Stdout; !strings.Contains(wide, "Unreadable") || !strings.Contains(wide, "REMOVALENFORCED") {
		t.Errorf("the wide columns do not say why the policy is not ready:\n%s", wide)
	}
}

// fixedPaths runs a webhook with the fixed paths, and registers it.
func fixedPaths(t *testing.T) {
	t.Helper()
	var log bytes.Buffer
	sluice, err := cluster.StartSluice(t.Context(), program, shared.Dir, &log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	t.Cleanup(func() {
		if err := sluice.Stop(); err != nil {
			t.Error(err)
		}
	})
	must(t, "", "delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice")
	if err := shared.Register(t.Context(), sluice); err != nil {
		t.Fatal(err)
	}
}

// aReplicaIsSilent checks a policy without a replica, and with one that has it in force.
func aReplicaIsSilent(t *testing.T, plugin string) {
	t.Helper()
	must(t, closed, "create", "-f", "-")
	defer must(t, "", "delete", "fep", "closed")
	eventually(t, says(t, plugin, "no replica has reported which policies it has in force"))
	text, _ := doctor(t, plugin, cluster.Admin)
	sampled(t, text, "SluiceWatchSilent")
	kubeconfig, err := shared.WebhookKubeconfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var log cluster.Log
	replica, err := cluster.StartSluice(t.Context(), program, t.TempDir(), &log, "--policies=cluster", "--role=serve", "--kubeconfig="+kubeconfig)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	eventually(t, says(t, plugin, "ok       every replica of the webhook has all policies in force"))
	if err := replica.Stop(); err != nil {
		t.Fatal(err)
	}
}
