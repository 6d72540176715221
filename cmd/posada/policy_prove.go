package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/vault"
)

// provenTable is what was compared, an entry point after the other.
type provenTable struct {
	Digest  string       `json:"digest"` // of the rules and the table
	Known   bool         `json:"known"`  // from an earlier run of this same program
	Entries []provenPart `json:"entries"`
}

type provenPart struct {
	Entry prove.Entry `json:"entry"`
	prove.Report
}

// policyProve holds the rules over a table against an independent reading of them, over all
// there is to decide.
func (c *cli) policyProve() *cobra.Command {
	var again bool
	var save string
	cmd := c.command("prove [FILE]", "posada", "policy")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	cmd.Flags().BoolVar(&again, "again", false, c.Text("flag.policy_again"))
	cmd.Flags().StringVar(&save, "save", "", c.Text("flag.policy_save"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t, engine, err := c.ruled(cmd.Context(), first(args))
		if err != nil {
			return err
		}
		table, err := t.Write()
		if err != nil {
			return err
		}
		kept, err := proofFile(engine)
		if err != nil {
			return err
		}
		out, known := readProof(kept)
		if !known || again {
			if out, err = c.prove(cmd, engine, table); err != nil {
				return err
			}
			// What cannot be kept is proved again next time.
			if text, err := json.Marshal(out); err == nil && os.MkdirAll(filepath.Dir(kept), 0o700) == nil {
				_ = vault.WriteDurably(kept, text)
			}
		}
		if save != "" {
			if err := c.saveAnswers(save, engine, table); err != nil {
				return err
			}
		}
		return c.print(out, func(p *page) {
			p.proven(out)
			if save != "" {
				p.heading("policy.saved", "file", save)
			}
		})
	}
	return cmd
}

// prove compares, and says how far it is where somebody looks.
func (c *cli) prove(cmd *cobra.Command, engine *pdp.Engine, table []byte) (out provenTable, err error) {
	out.Digest = engine.Digest()
	said := time.Time{}
	for _, entry := range prove.Entries() {
		report, err := prove.Prove(cmd.Context(), engine, table, entry, func(done, all int) {
			if c.output.ForPrograms() || c.quiet || time.Since(said) < time.Second && done < all {
				return
			}
			said = time.Now()
			fmt.Fprintf(c.err, "\r%s", c.Text("policy.proving", "entry", entry, "done", done, "all", all))
			if done == all {
				fmt.Fprintln(c.err)
			}
		})
		if err != nil {
			return out, err
		}
		out.Entries = append(out.Entries, provenPart{entry, report})
	}
	return out, nil
}

// proofFile is where the proof of these rules over this table by this very program is kept.
// It saves time and is trusted with nothing: nobody decides by it.
func proofFile(engine *pdp.Engine) (string, error) {
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	program, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer program.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, program); err != nil {
		return "", err
	}
	digest.Write([]byte(engine.Digest()))
	return filepath.Join(folder, "posada", "proofs", hex.EncodeToString(digest.Sum(nil))+".json"), nil
}

func readProof(path string) (out provenTable, is bool) {
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &out) != nil {
		return provenTable{}, false
	}
	out.Known = true
	return out, len(out.Entries) == len(prove.Entries())
}

func (p *page) proven(out provenTable) {
	if out.Known {
		p.say("policy.proven_before")
	} else {
		p.say("policy.proven")
	}
	for _, e := range out.Entries {
		p.line("  " + p.Text("policy.proven_entry", "entry", e.Entry, "conditions", e.Conditions, "contexts", e.Contexts, "points", e.Points, "joint", e.Joint, "ways", e.Evaluators))
	}
	p.line("  " + out.Digest)
}
