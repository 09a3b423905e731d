package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Result is the output and the exit status of a program.
type Result struct {
	Stdout string
	Stderr string
	Code   int
}

// OK reports whether the program succeeded.
func (r Result) OK() bool { return r.Code == 0 }

// All is the complete output.
func (r Result) All() string { return r.Stdout + r.Stderr }

// Command is one call of kubectl.
type Command struct {
	User  string
	Stdin string
	// Env is added to the environment, such as KUBE_EDITOR.
	Env  []string
	Args []string
}

// KubectlPath is the path of kubectl.
func (c *ControlPlane) KubectlPath() string { return c.kubectl }

// Kubectl runs kubectl as a user.
func (c *ControlPlane) Kubectl(ctx context.Context, user string, args ...string) (Result, error) {
	return c.Run(ctx, Command{User: user, Args: args})
}

// Run runs kubectl. An error means that it could not be run; the answer of the API server is in the
// Result.
func (c *ControlPlane) Run(ctx context.Context, command Command) (Result, error) {
	for {
		result, err := c.runOnce(ctx, command)
		// "kubectl wait" gives up on an object that was made just now and has no conditions yet.
		if err != nil || command.Args[0] != "wait" || !strings.Contains(result.Stderr, ".status.conditions accessor error") {
			return result, err
		}
	}
}

func (c *ControlPlane) runOnce(ctx context.Context, command Command) (Result, error) {
	cmd := exec.CommandContext(ctx, c.kubectl, command.Args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(command.User), "HOME="+c.Dir)
	cmd.Env = slices.Concat(cmd.Env, kubectlGarbage(), command.Env)
	cmd.Stdin = strings.NewReader(notJSON(command.Stdin))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("run kubectl: %w", ctx.Err())
	}
	result := Result{Stdout: stdout.String(), Stderr: stderr.String()}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		result.Code = exit.ExitCode()
		return result, nil
	}
	if err != nil {
		return result, fmt.Errorf("run kubectl: %w", err)
	}
	return result, nil
}

// notJSON marks YAML that begins like JSON as YAML: older versions of kubectl read it as JSON otherwise.
func notJSON(text string) string {
	if strings.HasPrefix(text, "{") && !json.Valid([]byte(text)) {
		return "---\n" + text
	}
	return text
}

// Must runs kubectl as a user, and returns a failure as an error.
func (c *ControlPlane) Must(ctx context.Context, command Command) (Result, error) {
	result, err := c.Run(ctx, command)
	if err == nil && !result.OK() {
		err = fmt.Errorf("kubectl %s: %s", strings.Join(command.Args, " "), strings.TrimSpace(result.All()))
	}
	return result, err
}
