// The common life of an account, by Microsoft's Go client (azure-sdk-for-go, services/batch).
package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/services/batch/2020-09-01.12.0/batch"
	"github.com/Azure/go-autorest/autorest"
	"github.com/Azure/go-autorest/autorest/date"
	"github.com/Azure/go-autorest/autorest/to"
)

// The client has no shared key of its own: this one is written from the service's documentation.
type sharedKey struct{ account, key string }

func (k sharedKey) WithAuthorization() autorest.PrepareDecorator {
	return func(p autorest.Preparer) autorest.Preparer {
		return autorest.PreparerFunc(func(r *http.Request) (*http.Request, error) {
			r, err := p.Prepare(r)
			if err == nil {
				r.Header.Set("ocp-date", time.Now().UTC().Format(http.TimeFormat))
				r.Header.Set("Authorization", "SharedKey "+k.account+":"+k.sign(r))
			}
			return r, err
		})
	}
}

func (k sharedKey) sign(r *http.Request) string {
	length := ""
	if r.ContentLength > 0 {
		length = fmt.Sprint(r.ContentLength)
	}
	lines := []string{r.Method, "", "", length, "", r.Header.Get("Content-Type"), "", r.Header.Get("If-Modified-Since"),
		r.Header.Get("If-Match"), r.Header.Get("If-None-Match"), r.Header.Get("If-Unmodified-Since"), ""}
	var signed []string
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "ocp-") {
			signed = append(signed, lower+":"+r.Header.Get(name))
		}
	}
	sort.Strings(signed)
	lines = append(append(lines, signed...), "/"+k.account+r.URL.EscapedPath())
	var query []string
	for name, values := range r.URL.Query() {
		query = append(query, name+":"+strings.Join(values, ","))
	}
	sort.Strings(query)
	key, _ := base64.StdEncoding.DecodeString(k.key)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.Join(append(lines, query...), "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

var (
	ctx     = context.Background()
	now     = &date.TimeRFC1123{Time: time.Now()}
	timeout = to.Int32Ptr(30)
	pool    = "pool"
	job     = "job"
)

func main() {
	url := os.Getenv("AZURE_BATCH_ENDPOINT")
	key := sharedKey{os.Getenv("AZURE_BATCH_ACCOUNT"), os.Getenv("AZURE_BATCH_ACCESS_KEY")}
	pools, jobs, tasks := batch.NewPoolClient(url), batch.NewJobClient(url), batch.NewTaskClient(url)
	files, nodes := batch.NewFileClient(url), batch.NewComputeNodeClient(url)
	pools.Authorizer, jobs.Authorizer, tasks.Authorizer, files.Authorizer, nodes.Authorizer = key, key, key, key, key

	aPool(pools, nodes)
	aJob(jobs)
	manyTasks(tasks)
	output(files)
	allGoes(pools, jobs)
	fmt.Println("done")
}

func aPool(pools batch.PoolClient, nodes batch.ComputeNodeClient) {
	parameter := batch.PoolAddParameter{
		ID: &pool, VMSize: to.StringPtr("Standard_D2_v3"), TargetDedicatedNodes: to.Int32Ptr(1), TaskSlotsPerNode: to.Int32Ptr(2),
		VirtualMachineConfiguration: &batch.VirtualMachineConfiguration{
			ImageReference: &batch.ImageReference{Publisher: to.StringPtr("canonical"),
				Offer: to.StringPtr("0001-com-ubuntu-server-jammy"), Sku: to.StringPtr("22_04-lts")},
			NodeAgentSKUID: to.StringPtr("batch.node.ubuntu 22.04"),
		},
		StartTask: &batch.StartTask{CommandLine: to.StringPtr("true"), WaitForSuccess: to.BoolPtr(true)},
	}
	_, err := pools.Add(ctx, parameter, timeout, nil, to.BoolPtr(true), now)
	must(err)
	if answer, err := pools.Add(ctx, parameter, timeout, nil, nil, now); err == nil || answer.StatusCode != 409 {
		must(fmt.Errorf("a second pool was not refused: %v", err))
	}
	found, err := pools.Get(ctx, pool, "", "", timeout, nil, nil, now, "", "", nil, nil)
	must(err)
	equal(*found.TaskSlotsPerNode, int32(2))
	until("an idle node", func() bool {
		list, err := nodes.List(ctx, pool, "state eq 'idle'", "", nil, timeout, nil, nil, now)
		must(err)
		return len(list.Values()) == 1
	})
	missing, err := pools.Exists(ctx, "none", timeout, nil, nil, now, "", "", nil, nil)
	must(err)
	equal(missing.StatusCode, 404)
	formula := batch.PoolEvaluateAutoScaleParameter{AutoScaleFormula: to.StringPtr("$TargetDedicatedNodes=min(1,2)")}
	_, err = pools.EnableAutoScale(ctx, pool, batch.PoolEnableAutoScaleParameter{AutoScaleFormula: formula.AutoScaleFormula},
		timeout, nil, nil, now, "", "", nil, nil)
	must(err)
	run, err := pools.EvaluateAutoScale(ctx, pool, formula, timeout, nil, nil, now)
	must(err)
	equal(strings.HasPrefix(*run.Results, "$TargetDedicatedNodes=1;"), true)
}

func aJob(jobs batch.JobClient) {
	_, err := jobs.Add(ctx, batch.JobAddParameter{ID: &job, PoolInfo: &batch.PoolInformation{PoolID: &pool}}, timeout, nil, nil, now)
	must(err)
	before, err := jobs.Get(ctx, job, "", "", timeout, nil, nil, now, "", "", nil, nil)
	must(err)
	_, err = jobs.Patch(ctx, job, batch.JobPatchParameter{Priority: to.Int32Ptr(3)}, timeout, nil, nil, now, *before.ETag, "", nil, nil)
	must(err)
	after, err := jobs.Get(ctx, job, "", "", timeout, nil, nil, now, "", "", nil, nil)
	must(err)
	equal(*after.Priority, int32(3))
}

func manyTasks(tasks batch.TaskClient) {
	var wanted []batch.TaskAddParameter
	for n := 0; n < 30; n++ {
		wanted = append(wanted, batch.TaskAddParameter{
			ID: to.StringPtr(fmt.Sprint("task-", n)), CommandLine: to.StringPtr(fmt.Sprint("echo ", n))})
	}
	added, err := tasks.AddCollection(ctx, job, batch.TaskAddCollectionParameter{Value: &wanted}, timeout, nil, nil, now)
	must(err)
	for _, result := range *added.Value {
		equal(strings.ToLower(string(result.Status)), "success")
	}
	until("all tasks", func() bool {
		count := 0
		list, err := tasks.ListComplete(ctx, job, "state eq 'completed'", "id,state", "", to.Int32Ptr(7), timeout, nil, nil, now)
		for ; err == nil && list.NotDone(); err = list.NextWithContext(ctx) {
			count++
		}
		must(err)
		return count == 30
	})
}

// Lists of files are not asked for: the client takes the sizes in them for numbers, which the service sends as text.
func output(files batch.FileClient) {
	whole, err := files.GetFromTask(ctx, job, "task-12", "stdout.txt", timeout, nil, nil, now, "", nil, nil)
	must(err)
	equal(text(whole), "12\n")
	part, err := files.GetFromTask(ctx, job, "task-12", "stdout.txt", timeout, nil, nil, now, "bytes=1-1", nil, nil)
	must(err)
	equal(text(part), "2")
}

func allGoes(pools batch.PoolClient, jobs batch.JobClient) {
	_, err := jobs.Delete(ctx, job, timeout, nil, nil, now, "", "", nil, nil)
	must(err)
	_, err = pools.Delete(ctx, pool, timeout, nil, nil, now, "", "", nil, nil)
	must(err)
	until("the pool to go", func() bool {
		answer, err := pools.Exists(ctx, pool, timeout, nil, nil, now, "", "", nil, nil)
		must(err)
		return answer.StatusCode == 404
	})
}

func text(file batch.ReadCloser) string {
	var content bytes.Buffer
	_, err := io.Copy(&content, *file.Value)
	must(err)
	return content.String()
}

func until(what string, look func() bool) {
	for end := time.Now().Add(30 * time.Second); !look(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			must(fmt.Errorf("waited in vain for %s", what))
		}
	}
}

func equal[T comparable](found, expected T) {
	if found != expected {
		must(fmt.Errorf("found %v, expected %v", found, expected))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
