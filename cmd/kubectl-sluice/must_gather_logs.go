package main

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/cmd/internal/printable"
	"sluice/cmd/kubectl-sluice/internal/gather"
)

// logs adds the logs of pods, and those of containers that ended before.
func (g *gathering) logs(ctx context.Context, namespace string, pods []unstructured.Unstructured) error {
	for _, pod := range pods {
		for _, s := range containers(pod) {
			container, _ := s.(map[string]any)
			name, _ := container["name"].(string)
			restarts, _ := container["restartCount"].(int64)
			for _, previous := range []bool{false, true} {
				if previous && restarts == 0 {
					continue
				}
				file := fmt.Sprintf("%s/logs/%s-%s%s.log", namespace, pod.GetName(), name, map[bool]string{true: "-previous"}[previous])
				text, err := g.access.logs(ctx, namespace, pod.GetName(), name, previous)
				if err != nil {
					g.archive.Miss(file, err)
					continue
				}
				const most = 2 << 20
				if len(text) > most {
					g.archive.Miss(file, fmt.Errorf("only the last %d of %d bytes", most, len(text)))
				}
				text = []byte(printable.Block(gather.Text(strings.ToValidUTF8(string(gather.Lines(text, most)), "?"))))
				if err := g.archive.Add(file, text); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// containers are the states of the containers of a pod, those that run first included.
func containers(pod unstructured.Unstructured) []any {
	var all []any
	for _, kind := range []string{"initContainerStatuses", "containerStatuses"} {
		list, _, _ := unstructured.NestedSlice(pod.Object, "status", kind)
		all = append(all, list...)
	}
	return all
}
