using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Kills;

/// <summary>
/// Processes that change a store are killed at random moments, and what another process finds is compared with what they were
/// promised. <c>MAILOPS_KILLS</c> says how many kills, <c>MAILOPS_KILLS_SEED</c> repeats a run as far as the system's scheduler lets it.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int Kills = Setting("MAILOPS_KILLS", 40);
    private static readonly int Seed = Setting("MAILOPS_KILLS_SEED", Environment.TickCount & 0xFFFF);

    [Fact]
    public async Task A_process_killed_under_load_loses_nothing_doubles_nothing_and_reuses_no_UID()
    {
        using var store = new KilledStore(Seed, writers: 4, inMemory: true);
        await store.PrepareAsync();
        var watch = Stopwatch.StartNew();
        for (var kill = 1; kill <= Kills; kill++)
        {
            using var worker = store.Start();
            await store.RunAsync(worker);
            await worker.KillAsync();
            await AssertAsync(store, kill, worker);
        }

        Say(store, Kills, watch);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_processes_on_a_store_either_may_be_killed_also_when_each_has_its_own_path(bool isLinked)
    {
        var kills = Math.Max(Kills / (isLinked ? 8 : 4), 1);
        using var store = new KilledStore(Seed + 1, writers: 2, inMemory: false);
        await store.PrepareAsync();
        if (isLinked)
            store.Link();
        var watch = Stopwatch.StartNew();
        var other = store.Start();
        for (var kill = 1; kill <= kills; kill++)
        {
            using var worker = store.Start();
            await store.RunAsync(worker);

            // The older of the two on every other turn. What one leaves is compared when the other has been killed too.
            var killed = kill % 2 == 0 ? other : worker;
            await killed.KillAsync();
            Assert.Null(killed.Error);
            var left = killed == other ? worker : other;
            if (kill % 3 == 0 || kill == kills || killed == other)
            {
                await left.KillAsync();
                await AssertAsync(store, kill, left);
                other.Dispose();
                other = store.Start();
            }
        }

        await other.KillAsync();
        other.Dispose();
        Say(store, kills, watch);
    }

    [Fact]
    public async Task A_message_that_is_taken_away_or_doubled_is_found_out()
    {
        using var store = new KilledStore(Seed + 2, writers: 1, inMemory: true);
        await store.PrepareAsync();
        foreach (var (isDoubled, complaint) in new[] { (false, "not as promised"), (true, "doubled") })
        {
            List<string> complaints = [];
            for (var round = 0; round < 20 && !complaints.Exists(IsExpected); round++)
            {
                using var worker = store.Start();
                await worker.Ready;
                await worker.KillAsync();
                if (Directory.EnumerateFiles(store.Root, "*,S=*", SearchOption.AllDirectories).FirstOrDefault(one => !one.Contains("/tmp/", StringComparison.Ordinal)) is not { } file)
                    continue;

                // One that was just being changed may rightly be gone: then there is another round.
                if (isDoubled)
                    File.Copy(file, Path.Join(Path.GetDirectoryName(file), $"{round}.other"));
                else
                    File.Delete(file);
                complaints = await store.CheckAsync();
            }

            Assert.Contains(complaints, IsExpected);

            bool IsExpected(string line) => line.StartsWith(complaint, StringComparison.Ordinal);
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private static async Task AssertAsync(KilledStore store, int kill, WorkerProcess worker)
    {
        Assert.True(worker.Error is null, $"Seed {Seed}, kill {kill}: a worker ended by itself: {worker.Error}");
        var complaints = await store.CheckAsync();
        Assert.True(complaints.Count == 0, $"Seed {Seed}, kill {kill}:\n{string.Join('\n', complaints.Take(30))}");
    }

    private void Say(KilledStore store, int kills, Stopwatch watch) =>
        output.WriteLine($"{kills} kills, {store.Promises.Acknowledged} changes acknowledged, {store.Promises.Interrupted} APPENDs of several messages interrupted, {watch.Elapsed.TotalSeconds:0} s, seed {Seed}");
}
