// Command lint checks a compose file against the compose specification and Dockerfiles with BuildKit's own
// rules. It starts nothing and needs no engine. Usage: lint COMPOSE_FILE DOCKERFILE...
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	digest "github.com/opencontainers/go-digest"
)

// noRegistry stands in for the look-up of base images: the rules do not need what is in them.
type noRegistry struct{}

func (noRegistry) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, "", []byte(`{"config":{},"rootfs":{"type":"layers"},"os":"linux","architecture":"amd64"}`), nil
}

func compose(file string) (problems int) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithOsEnv)
	if err == nil {
		_, err = options.LoadProject(context.Background())
	}
	if err != nil {
		fmt.Printf("%s: %v\n", file, err)
		return 1
	}
	return 0
}

func dockerfile(file string) (problems int) {
	text, err := os.ReadFile(file)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	source := llb.NewSourceMap(nil, file, "Dockerfile", text)
	source.Definition = &llb.Definition{}
	results, err := dockerfile2llb.DockerfileLint(context.Background(), text, dockerfile2llb.ConvertOpt{
		MetaResolver: noRegistry{},
		SourceMap:    source,
	})
	if err != nil {
		fmt.Printf("%s: %v\n", file, err)
		return 1
	}
	if results.Error != nil {
		fmt.Printf("%s: %s\n", file, results.Error.Message)
		problems++
	}
	for _, warning := range results.Warnings {
		fmt.Printf("%s:%d: %s: %s\n", file, warning.Location.Ranges[0].Start.Line, warning.RuleName, warning.Detail)
		problems++
	}
	return problems
}

func main() {
	problems := compose(os.Args[1])
	for _, file := range os.Args[2:] {
		problems += dockerfile(file)
	}
	if problems > 0 {
		os.Exit(1)
	}
	fmt.Println("no problem found")
}
