package packaging

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/webhook/registration"
)

// vanilla is an API server as it comes.
func vanilla(t *testing.T) *cluster.ControlPlane {
	t.Helper()
	c, err := cluster.StartControlPlane(t.Context(), cluster.Users())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// openShift is an API server like that of an OpenShift cluster.
func openShift(t *testing.T) *cluster.ControlPlane {
	t.Helper()
	c := vanilla(t)
	if err := c.InstallOpenShift(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// kubectl is what kubectl prints for the administrator, without warnings.
func kubectl(t *testing.T, c *cluster.ControlPlane, stdin string, args ...string) string {
	t.Helper()
	r, err := c.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return r.Stdout
}

// release runs Helm against an API server.
func release(t *testing.T, c *cluster.ControlPlane, args ...string) string {
	t.Helper()
	r := helm(t, c.Kubeconfig(cluster.Admin), args...)
	if !r.OK() {
		t.Fatalf("helm %s: %s", strings.Join(args, " "), r.All())
	}
	return r.Stdout
}

// TestTheAPIServerTakesWhatTheChartRenders in a dry run, and has nothing to warn of.
func TestTheAPIServerTakesWhatTheChartRenders(t *testing.T) {
	c := openShift(t)
	crds := file(t, "bin", "certmanager", "crds")
	if _, err := os.Stat(crds); err != nil {
		t.Fatalf("no %s; run \"make certmanager\"", crds)
	}
	kubectl(t, c, "", "apply", "--server-side", "-f", crds)
	kubectl(t, c, "", "wait", "--for=condition=Established", "--timeout=60s", "-f", crds)
	for _, set := range []string{
		"createNamespaces=auto", "certificates.mode=cert-manager", "platform=openshift", "webhook.mode=localhost", files, "agent.enabled=false",
		"networkCRD.install=true", "networkCRD.install=true,ipFamilies={ipv4,ipv6}",
		"webhook.image.pullSecrets={a},webhook.nodeSelector.a=b,agent.maxUnavailable=1,agent.image.pullPolicy=Always",
	} {
		// What stands in a namespace is judged only if there is one.
		namespaces := template(t, "--set", set, "--show-only", "templates/namespaces.yaml")
		kubectl(t, c, namespaces.Stdout, "apply", "--server-side", "-f", "-")
		apply := []string{"apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", "-"}
		r, err := c.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: template(t, "--set", set).Stdout, Args: apply})
		if err != nil || r.Stderr != "" || !strings.Contains(r.Stdout, "validatingwebhookconfiguration.admissionregistration.k8s.io/sluice serverside-applied") {
			t.Errorf("%s: %v %s", set, err, r.All())
		}
	}
}

// TestFlagsExist holds the flags that the chart writes to those of the program.
func TestFlagsExist(t *testing.T) {
	dir := t.TempDir()
	webhook, webhookErr := cluster.BuildWebhook(t.Context(), dir)
	agent, agentErr := cluster.BuildAgent(t.Context(), dir)
	if err := errors.Join(webhookErr, agentErr); err != nil {
		t.Fatal(err)
	}
	for source, command := range map[string][]string{"_parts.tpl": {webhook}, "agent.yaml": {agent}} {
		help, err := exec.CommandContext(t.Context(), command[0], append(command[1:], "--help")...).CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(chart(t), "templates", source))
		if err != nil {
			t.Fatal(err)
		}
		flags := regexp.MustCompile(`--[a-z-]+=`).FindAllString(string(text), -1)
		if len(flags) < 3 {
			t.Errorf("%s has the flags %v", source, flags)
		}
		for _, flag := range flags {
			if !strings.Contains(string(help), "  "+strings.TrimSuffix(flag, "=")+" ") {
				t.Errorf("%s has no %s", command, flag)
			}
		}
	}
}

// registered holds the registration to what the webhook expects of it.
func registered(t *testing.T, c *cluster.ControlPlane) {
	t.Helper()
	wanted, err := registration.Expected()
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range wanted {
		var o object
		if err := json.Unmarshal([]byte(kubectl(t, c, "", "get", kind, registration.Name, "-o", "json")), &o.Object); err != nil {
			t.Fatal(err)
		}
		activate(t, o.Object)
		hooks, err := registration.Read(kind, o.Object)
		if err != nil {
			t.Fatal(err)
		}
		// The controller, which does not run here, writes the rules and the paths.
		any := func(string, string) bool { return true }
		if d := registration.Differences(want, hooks, registration.Target{Path: any}); len(d) > 0 {
			t.Errorf("%s: %v", kind, d)
		}
	}
}

// activate gives the webhooks of a configuration the rules that the controller writes.
func activate(t *testing.T, configuration map[string]any) {
	t.Helper()
	rules, err := registration.Rules()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range configuration["webhooks"].([]any) {
		hook := w.(map[string]any)
		if hook["rules"] != nil {
			t.Errorf("%s has rules, so that changes are rejected before a replica runs", hook["name"])
		}
		text, err := json.Marshal(rules[hook["name"].(string)])
		if err != nil {
			t.Fatal(err)
		}
		var list []any
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatal(err)
		}
		hook["rules"] = list
	}
}

// left are the objects of any kind that a release made, but for namespaces on their way out.
func left(t *testing.T, c *cluster.ControlPlane) []string {
	t.Helper()
	kinds := strings.Fields(kubectl(t, c, "", "api-resources", "--verbs=list", "-o", "name"))
	if len(kinds) < 40 {
		t.Fatalf("the API server has only %v", kinds)
	}
	text := kubectl(t, c, "", "get", strings.Join(kinds, ","), "-A", "-l", "app.kubernetes.io/managed-by=Helm", "-o", `go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.apiVersion}} {{.kind}} {{.metadata.name}}{{"\n"}}{{end}}{{end}}`)
	var found []string
	for line := range strings.Lines(text) {
		part := strings.Fields(line)
		group, _, _ := strings.Cut(part[0], "/")
		found = append(found, strings.ToLower(part[1])+"."+group+"/"+part[2])
	}
	slices.Sort(found)
	return found
}
