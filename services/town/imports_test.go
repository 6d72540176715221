package town_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/freetext"
	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/mapping"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town/processes"
)

var rows = flag.Int("rows", 450, "rows of a table that is imported while its node is killed")

// invented is a table in the standard's own form, made as it is read: of every hundred
// rows one is wrong.
type invented struct {
	row, rows int
	rest      string
}

func (i *invented) Read(p []byte) (int, error) {
	for i.rest == "" {
		switch i.row++; {
		case i.row == 1:
			i.rest = "id,prs_FirstName,prs_Gender,prs_Birthdate,vic_TypeOfExploitation,household_member.prs_FirstName,cco_CaseComment\r\n"
		case i.row > i.rows+1:
			return 0, io.EOF
		default:
			gender := "Feminine"
			if i.row%100 == 0 {
				gender = "Nobody says so"
			}
			i.rest = fmt.Sprintf("%d,Invented %d,%s,1994-02-%02d,ForcedLabour;Servitude,,%s\r\n", i.row, i.row, gender, 1+i.row%28, strings.Repeat("Invented. ", 20))
		}
	}
	n := copy(p, i.rest)
	i.rest = i.rest[n:]
	return n, nil
}

const standardForm = "posada_mapping: 1\nname: invented-htcds\nstandard: htcds-2.0\nkey: id\ncolumns:\n  id: {left_out: what the case was called there}\n"

var errKilled = errors.New("killed")

// killing is a node that dies at a batch: before it is asked, or when it has done what it
// was asked and nobody heard.
type killing struct {
	*client.Client
	process *processes.Process
	at      int
	done    bool
}

func (k *killing) ImportRows(ctx context.Context, id posada.ImportID, in client.NewImportRows) (out client.ImportedRows, err error) {
	if k.at--; k.at != 0 {
		return k.Client.ImportRows(ctx, id, in)
	}
	if k.done {
		if _, err := k.Client.ImportRows(ctx, id, in); err != nil {
			return out, err
		}
	}
	k.process.Kill()
	return out, errKilled
}

// TestAnImportThatIsKilledInTheMiddleGoesOnWithoutADouble: the node is a process of its own,
// and is killed before a batch and behind one. Each row that is right is in one case.
func TestAnImportThatIsKilledInTheMiddleGoesOnWithoutADouble(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	spawn := func() *processes.Process { return processes.Spawn(t, "node", laid.NodeConfig("ngo"), "", "") }
	running, ngo := spawn(), processes.Outside(t, laid, "ngo")
	m, err := mapping.Read([]byte(standardForm))
	if err != nil {
		t.Fatal(err)
	}
	seen, err := imports.Look([]byte(standardForm), m, &invented{rows: *rows}, freetext.Known{}, 1)
	if err != nil || seen.Rows != *rows || seen.Wrong != (*rows+1)/100 || !seen.Whole() {
		t.Fatalf("%d rows, %d wrong, %v", seen.Rows, seen.Wrong, err)
	}
	begin := func() client.Import {
		is, err := ngo.BeginImport(t.Context(), client.NewImport{Mapping: m.Name(), Digest: seen.Digest, Rows: seen.Rows})
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	var heard []int
	told := func(row int) { heard = append(heard, row) }
	bring := func(node imports.Node) (imports.Saved, error) {
		return imports.Save(t.Context(), node, begin(), seen, &invented{rows: *rows}, told)
	}
	first, batches := begin(), *rows/client.MaxImportRows
	for _, done := range []bool{false, true} {
		if _, err := bring(&killing{ngo, running, max(1, batches/3), done}); !errors.Is(err, errKilled) {
			t.Fatalf("it was not killed: %v", err)
		}
		running = spawn()
	}
	if is := begin(); is.ID != first.ID || is.Through <= 1 || is.Through > *rows {
		t.Errorf("%s came to %d and %s goes on", first.ID, is.Through, is.ID)
	}
	saved, err := bring(ngo)
	if err != nil || len(saved.Kept) != 0 || saved.Import.Became["saved"] != seen.Good || saved.Import.Refused != seen.Wrong || saved.Import.Ended.IsZero() {
		t.Fatalf("%+v, %v", saved, err)
	}
	if !slices.IsSorted(heard) || heard[len(heard)-1] != *rows+1 {
		t.Errorf("it was told of rows %v", heard)
	}
	opened, err := ngo.Cases(t.Context())
	if err != nil || len(opened) != seen.Good {
		t.Fatalf("%d cases of %d rows, %v", len(opened), seen.Good, err)
	}
	again, err := bring(ngo)
	if err != nil || again.Import.Became["already"] != seen.Good || again.Import.Became["saved"] != 0 {
		t.Errorf("%+v, %v", again.Import.Became, err)
	}
	t.Logf("%d rows in %d cases", *rows, len(opened))
	running.Kill()
}
