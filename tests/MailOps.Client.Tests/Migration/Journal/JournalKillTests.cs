using MailOps.Client.Migration;
using MailOps.Client.Migration.Journal;
using MailOps.JournalWorker;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration.Journal;

/// <summary>Processes that work with a journal are killed; what the next one finds is what a journal has in which the same steps were taken in peace.</summary>
public sealed class JournalKillTests : IDisposable
{
    private const string Empty = "0 entries, source , target \nbegun \ncopies ";
    private readonly PrivateFolder _folder = new();
    private readonly List<string> _expected = [];

    private string Journal => _folder.Of("killed.journal");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_process_killed_between_any_two_calls_loses_nothing()
    {
        await ExpectAsync(steps: 40);
        for (var step = 0; step < 40; step++)
        {
            using var worker = new JournalWorkerProcess(Journal, step, waits: true);
            await worker.UntilAsync("done");
            await worker.KillAsync();
            Assert.Equal(_expected[step], await FoundAsync(step));
        }
    }

    [Fact]
    public async Task A_process_killed_within_a_call_has_done_all_of_it_or_nothing()
    {
        // More are added when a worker gets there: how far it comes in its time only the machine knows.
        await ExpectAsync(steps: 100);
        var random = new Random(26);
        var next = 0;
        for (var kill = 0; kill < 15 || (next <= 15 && kill < 100); kill++)
        {
            using var worker = new JournalWorkerProcess(Journal, next, waits: false);
            await worker.UntilAsync(kill % 2 == 0 ? "open" : "done");
            await Task.Delay(random.Next(40));
            await worker.KillAsync();
            var begun = Math.Max(worker.Steps.Begun, next - 1);
            if (begun >= _expected.Count)
                await ExpectAsync(begun + 100);
            if (begun < 0)
                continue;
            var found = await FoundAsync(begun);
            var isDone = found == _expected[begun];
            if (!isDone)
            {
                Assert.True(worker.Steps.Done < begun, $"Step {begun} was done, and is not there.");
                Assert.Equal(begun == 0 ? Empty : _expected[begun - 1], found);
            }

            next = isDone ? begun + 1 : begun;
        }

        Assert.True(next > 15, $"{next} steps in 15 lives of a worker test little.");
    }

    [Fact]
    public async Task A_journal_is_for_one_process_at_a_time_until_that_ends_in_whatever_way()
    {
        using var worker = new JournalWorkerProcess(Journal, 0, waits: true);
        await worker.UntilAsync("done");
        var error = Assert.Throws<MigrationException>(() => CopyJournal.Open(Journal, JournalSteps.From, JournalSteps.To));
        Assert.Equal(MigrationFault.JournalInUse, error.Fault);
        Assert.Equal($"The journal {Journal} is in use by another copy. Wait until that is done, or stop it: a journal takes one at a time.", error.Message);
        await worker.KillAsync();
        await using var journal = CopyJournal.Open(Journal, JournalSteps.From, JournalSteps.To);
        JournalSteps.Take(journal, 1);
    }

    // What a journal tells after each step, in one that nobody disturbs.
    private async Task ExpectAsync(int steps)
    {
        await using var journal = CopyJournal.Open(_folder.Of("undisturbed.journal"), JournalSteps.From, JournalSteps.To);
        for (var step = _expected.Count; step < steps; step++)
        {
            JournalSteps.Take(journal, step);
            _expected.Add(JournalSteps.Describe(journal, step));
        }
    }

    private async Task<string> FoundAsync(int step)
    {
        await using var journal = CopyJournal.Open(Journal, JournalSteps.From, JournalSteps.To);
        return JournalSteps.Describe(journal, step);
    }
}
