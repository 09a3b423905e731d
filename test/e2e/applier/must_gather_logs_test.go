package applier

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/test/harness/cluster"
	"sluice/test/harness/kubelet"
)

// newPod makes a pod of Sluice that runs on a node.
func newPod(t *testing.T, namespace, name, node, container string, restarts int32) {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app.kubernetes.io/name": "sluice"}},
		Spec: corev1.PodSpec{
			NodeName:   node,
			Containers: []corev1.Container{{Name: container, Image: "sluice", Env: []corev1.EnvVar{{Name: "HTTPS_PROXY", Value: "http://user:password@proxy"}}}},
		},
	}
	if err := shared.Client.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := shared.Client.Delete(ctx, pod, client.GracePeriodSeconds(0)); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	})
	pod.Status.Phase = corev1.PodRunning
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: container, RestartCount: restarts, Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	if err := shared.Client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
}

// startKubelet serves the logs of the pods of a node.
func startKubelet(t *testing.T, node string) *kubelet.Server {
	t.Helper()
	server, err := kubelet.Start(t.Context(), kubelets)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Register(t.Context(), shared.Client, node); err != nil {
		t.Fatal(err)
	}
	return server
}

// The logs come through kube-apiserver from the kubelets: the last lines, bounded, without the secret path of the webhook, and
// also those of a container that ended before.
func TestTheArchiveHasTheLogs(t *testing.T) {
	const system, agents = "sluice-system", cluster.AgentNamespace
	reset(t)
	t.Cleanup(func() { reset(t) })
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: system}}
	if err := shared.Client.Create(t.Context(), namespace); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	server := startKubelet(t, "node-a")
	t.Cleanup(func() {
		err := errors.Join(shared.Client.DeleteAllOf(context.WithoutCancel(t.Context()), &corev1.Node{}))
		if err != nil {
			t.Error(err)
		}
	})
	newPod(t, system, "sluice-webhook-1", "node-a", "webhook", 0)
	newPod(t, agents, "sluice-agent-1", "node-a", "agent", 2)
	newPod(t, agents, "sluice-agent-2", "node-a", "agent", 1)
	token := strings.Repeat("abcd", 13)
	server.SetLog(kubelet.Log{Namespace: system, Pod: "sluice-webhook-1", Container: "webhook"}, `{"msg":"refused","path":"/validate/`+token+`"}`+"\n")
	var long strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&long, "line %d\n", i)
	}
	server.SetLog(kubelet.Log{Namespace: agents, Pod: "sluice-agent-1", Container: "agent"}, long.String())
	server.SetLog(kubelet.Log{Namespace: agents, Pod: "sluice-agent-1", Container: "agent", Previous: true}, "panic: the one before\xff\n")
	wide := strings.Repeat(strings.Repeat("x", 4<<10)+"\n", 1999) + "the last line\n"
	server.SetLog(kubelet.Log{Namespace: agents, Pod: "sluice-agent-2", Container: "agent"}, wide)

	name := filepath.Join(t.TempDir(), "a.tar.gz")
	out, code := plugin(t, "", "must-gather", "--file", name)
	expect(t, out, code, 1, "missing: sluice-agent/logs/sluice-agent-2-agent-previous.log: ", "sluice-agent/logs/sluice-agent-2-agent.log: only the last 2097152 of")
	files := archived(t, name)
	if got := files["sluice-system/logs/sluice-webhook-1-webhook.log"]; !strings.Contains(got, "/validate/<token>") || strings.Contains(got, token) {
		t.Errorf("the log of the webhook: %q", got)
	}
	if got := files["sluice-agent/logs/sluice-agent-1-agent.log"]; !strings.HasPrefix(got, "line 3000\n") || !strings.HasSuffix(got, "line 4999\n") {
		t.Errorf("the log of the agent has %d bytes and begins with %.40q", len(got), got)
	}
	if got := files["sluice-agent/logs/sluice-agent-1-agent-previous.log"]; got != "panic: the one before?\n" {
		t.Errorf("the log of the container before: %q", got)
	}
	if got := files["sluice-agent/logs/sluice-agent-2-agent.log"]; len(got) > 2<<20 || !strings.HasSuffix(got, "the last line\n") {
		t.Errorf("a log with long lines has %d bytes and ends with %.40q", len(got), got[max(0, len(got)-40):])
	}
	if pods := files["sluice-agent/pods.yaml"]; !strings.Contains(pods, "HTTPS_PROXY") || strings.Contains(pods, "password") {
		t.Errorf("a variable of a pod is not redacted:\n%s", pods)
	}
	for _, one := range server.Asked() {
		if one.Previous && one.Pod == "sluice-webhook-1" {
			t.Error("the log of a container that never ended was requested")
		}
	}

	mayNotReadLogs(t, name)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	out, code = plugin(t, "", "must-gather", "--file", name)
	expect(t, out, code, 1, "missing: sluice-system/logs/sluice-webhook-1-webhook.log: ", "connection refused")
	out, code = plugin(t, "", "must-gather", "--file", name, "--agent-logs", "1")
	expect(t, out, code, 1, "missing: logs of agents: 1 of 2 are left out; --agent-logs includes more")
}

// mayNotReadLogs gathers as a user who may read everything except logs and Secrets.
func mayNotReadLogs(t *testing.T, name string) {
	t.Helper()
	kubectl := func(args ...string) {
		t.Helper()
		if _, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Args: args}); err != nil {
			t.Fatal(err)
		}
	}
	kubectl("create", "clusterrole", "gathers", "--verb=get,list,watch", "--resource=pods,nodes,configmaps,events,namespaces,leases.coordination.k8s.io,deployments.apps,daemonsets.apps,networks.operator.openshift.io")
	kubectl("create", "clusterrolebinding", "gathers", "--clusterrole=gathers", "--user="+cluster.Viewer)
	defer kubectl("delete", "clusterrole/gathers", "clusterrolebinding/gathers")
	out, code := pluginAs(t, cluster.Viewer, "must-gather", "--file", name)
	expect(t, out, code, 1, "missing: sluice-system/logs/sluice-webhook-1-webhook.log: ", `cannot get resource "pods/log"`, "missing: status.txt: ")
	files := archived(t, name)
	missing := strings.Split(files["missing.txt"], "\n")
	for _, want := range []string{"objects/policies.yaml: ", "sluice-agent/logs/sluice-agent-1-agent.log: ", "sluice-system/logs/sluice-webhook-1-webhook.log: "} {
		if !slices.ContainsFunc(missing, func(line string) bool { return strings.HasPrefix(line, want) && strings.Contains(line, "is forbidden") }) {
			t.Errorf("missing.txt does not say why there is no %s:\n%s", want, files["missing.txt"])
		}
	}
	for file := range files {
		if strings.Contains(file, "/logs/") {
			t.Errorf("a log that the user may not read: %s", file)
		}
	}
}

// pluginAs runs the plugin as a user.
func pluginAs(t *testing.T, user string, args ...string) (out string, code int) {
	t.Helper()
	return pluginWith(t, append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(user)), args...)
}
