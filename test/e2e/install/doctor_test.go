package install

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

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

// expect compares the findings that are not "ok", in order, and looks for texts. What the test does not install is left
// out: alerts and pods.
func expect(t *testing.T, plugin, what, user string, wantCode int, want string, texts ...string) (text string) {
	t.Helper()
	text, code := doctor(t, plugin, user)
	command := exec.CommandContext(t.Context(), plugin, "doctor", "-o", "json")
	command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(user))
	out, _ := command.Output() // the exit status is checked above
	var report struct {
		Findings []struct{ ID, State string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got []string
	for _, f := range report.Findings {
		if f.State != "ok" {
			got = append(got, f.ID+"="+f.State)
		}
	}
	if strings.Join(got, " ") != want || code != wantCode {
		t.Errorf("%s: exit %d, want %d:\n%s\nwant\n%s\n%s", what, code, wantCode, strings.Join(got, " "), want, text)
	}
	for _, part := range texts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: no %q in\n%s", what, part, text)
		}
	}
	return text
}

func TestDoctor(t *testing.T) {
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, plugin, "nothing is installed", cluster.Admin, 1, "crds=bad deployments=bad registration-mutating=bad registration-validating=bad rejection=bad controller=bad admission-policies=bad policies-valid=unknown removals=unknown policies-in-force=unknown webhook-certificate=unknown agents-alive=unknown reports=unknown flowexports=bad", "there is no Lease sluice-system/sluice-controller", "there is no CRD flowexportpolicies.sluice.dev, flowexportprofiles.sluice.dev, nodeflowexports.sluice.dev, flowexports.sluice.dev", "the API server accepts 192.0.2.01:2055", "Sluice is not installed in this cluster")

	aMalformedListIsStored(t, plugin)

	o := installed(t, "openshift")
	released(o)
	if _, err := shared.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	expect(t, plugin, "nothing runs", cluster.Admin, 1, "deployments=unknown registration-mutating=bad registration-validating=bad webhook-path=bad webhook-ca=bad webhook-replicas=bad rejection=bad controller=bad webhook-certificate=unknown agents-scheduled=unknown", "it has no rules yet: the API server accepts lists without a check", "has no path that the webhook answers", "has no caBundle", "the Service sluice-system/sluice-webhook has no ready endpoint", "the API server accepts 192.0.2.01:2055")

	reported(t)
	fixedPaths(t)
	expect(t, plugin, "everyone knows the path", cluster.Admin, 1, "webhook-path=bad controller=bad webhook-certificate=unknown", "calls the path /mutate, which everyone knows")
	aReplicaIsSilent(t, plugin)
	must(t, "", "delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice")
	if _, err := shared.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}

	waited(t, plugin, cluster.Admin, "1s", 1, "Waiting for ", "Not all checks pass after 1s.")
	waited(t, plugin, cluster.Viewer, "1s", 2, "Waiting for crds, ", "Not all checks pass after 1s.")
	waiting := startWaiting(t, plugin)
	directory := t.TempDir()
	injects(t, serviceCA(t, directory))
	_, replica := serve(t, o, withDirectory(arguments(t, o, "Deployment"), directory))
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
		t.Fatal(err)
	}
	waiting.ends(t)
	text := expect(t, plugin, "all is well", cluster.Admin, 0, "", "no agent has reported", "serving certificates of the webhook: valid for ", "there is no FlowExportPolicy", "changes without a review since this API server started: none")
	sampled(t, text, "SluiceWebhookFailsOpen")

	brokenOneByOne(t, plugin, o)

	expect(t, plugin, "who may not look", cluster.Viewer, 2, "crds=unknown crd-schemas=unknown versions=unknown pods=unknown deployments=unknown registration-mutating=unknown registration-validating=unknown rejection=unknown stored-lists=unknown controller=unknown admission-policies=unknown policies-valid=unknown removals=unknown policies-in-force=unknown webhook-certificate=unknown unreviewed-changes=unknown agents-scheduled=unknown agents-alive=unknown reports=unknown flowexports=unknown monitoring=unknown", "is forbidden")

	aPolicyIsInvalid(t, plugin)

	must(t, "", "patch", "validatingwebhookconfiguration", "sluice", "--type=json", "-p", `[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"},{"op":"remove","path":"/webhooks/1"}]`)
	text = expect(t, plugin, "a changed registration", cluster.Admin, 1, "registration-validating=bad", "networks.validate.sluice.dev: failurePolicy differs from the manifests", "networks-removal.validate.sluice.dev is missing")
	sampled(t, text, "SluiceRegistrationChanged")

	must(t, closed, "create", "-f", "-")
	defer must(t, "", "delete", "fep", "closed")
	eventually(t, says(t, plugin, "ok       policies in force on the replicas of the webhook: all"))
	must(t, "", "wait", "--for=condition=Ready", "--timeout=60s", "fep/closed")
	replica.Kill()
	eventually(t, func() string {
		if text, _ = doctor(t, plugin, cluster.Admin); !strings.Contains(text, "has no ready endpoint") {
			return "doctor does not see that no replica is ready"
		}
		return ""
	})
	text = expect(t, plugin, "the webhook is down", cluster.Admin, 1, "registration-validating=bad webhook-replicas=bad rejection=bad policies-in-force=unknown", "failed calling webhook", "no replica is ready")
	sampled(t, text, "SluiceWebhookDown")
}

// port is one that another run does not have.
var port = regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)

// sampled holds the output that runbooks show for their first command to what doctor printed.
func sampled(t *testing.T, text string, pages ...string) {
	t.Helper()
	for _, page := range pages {
		_, console, _ := strings.Cut(pageText(t, "docs/runbooks/"+page+".md"), "```console\n$ kubectl sluice doctor\n")
		console, _, _ = strings.Cut(console, "```")
		console, _, _ = strings.Cut(console, "\n$ ") // another command
		shown := 0
		for line := range strings.Lines(console) {
			if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "$ ") {
				shown++
				if !strings.Contains(port.ReplaceAllString(text, "PORT"), port.ReplaceAllString(line, "PORT")) {
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
	expect(t, plugin, "an invalid policy", cluster.Admin, 1, "policies-valid=bad", "there is no valid FlowExportPolicy", "fix: kubectl edit fep bad4\n              kubectl sluice runbook SluicePolicyNotInForce\n")
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
	eventually(t, says(t, plugin, "ok       policies in force on the replicas of the webhook: all"))
	eventually(t, says(t, plugin, "ok       serving certificates of the webhook: valid for 6 days more"))
	for valid, want := range map[time.Duration]string{24 * time.Hour: "warn ", 90 * time.Minute: "bad  "} {
		if err := cluster.WritePair(replica.Authority, replica.TLSDir, valid); err != nil {
			t.Fatal(err)
		}
		eventually(t, says(t, plugin, want+"    serving certificates of the webhook\n         that of "))
	}
	if err := replica.Stop(); err != nil {
		t.Fatal(err)
	}
}
