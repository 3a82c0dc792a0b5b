// Reads the Compose files named, each laid over the one before, as Compose itself would, with every profile, and prints what they mean as
// JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	ctx := context.Background()
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithEnv(os.Environ()), cli.WithProfiles([]string{"*"}),
		cli.WithInterpolation(true), cli.WithResolvedPaths(true))
	if err != nil {
		fail(err)
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		fail(err)
	}
	text, err := json.MarshalIndent(project, "", "  ")
	if err != nil {
		fail(err)
	}
	fmt.Println(string(text))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
