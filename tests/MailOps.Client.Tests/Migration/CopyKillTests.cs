using System.Globalization;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Tests.Migration.Journal;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>A copier that is killed at any moment: what it goes on with in its next life loses nothing and doubles nothing.</summary>
public sealed class CopyKillTests : MailboxCopyTest
{
    private static int Kills => int.Parse(Environment.GetEnvironmentVariable("MAILOPS_COPY_KILLS") ?? "4", CultureInfo.InvariantCulture);

    private static int Seed => int.Parse(Environment.GetEnvironmentVariable("MAILOPS_COPY_SEED") ?? "1", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(MailboxKind.Imap)]
    [InlineData(MailboxKind.Maildir)]
    [InlineData(MailboxKind.Mbox)]
    [InlineData(MailboxKind.Eml)]
    public async Task Whatever_the_moment_the_next_life_goes_on(MailboxKind kind)
    {
        await using var from = await PrivateDovecot.StartAsync();
        for (var folder = 0; folder < 4; folder++)
            await AddAsync(from, folder == 0 ? "INBOX" : $"Folder {folder}", [.. Enumerable.Range(0, 300).Select(i => Message($"{i % 120}", (i % 120) * 70))]);
        await using var source = End(from);
        var random = new Random(Seed);
        var kills = 0;
        for (var round = 0; kills < Kills; round++)
        {
            await using var to = kind is MailboxKind.Imap ? await PrivateDovecot.StartAsync() : null;
            var target = kind is MailboxKind.Imap ? End(to!).Name : $"{kind.ToString().ToLowerInvariant()}:{Folder.Of($"target-{round}")}";
            // How far it comes only the machine knows: lives grow longer, until one is long enough.
            for (var life = 200; await IsKilledAsync(source.Name, target, Folder.Of($"journal-{round}"), random.Next(20, life)); life += 100)
                kills++;
            await using var opened = await MailboxEnd.OpenAsync(MailboxLocation.Parse(target), new MailboxEndOptions { Credential = Options(0).Credential }, TimeProvider.System, Cancel);
            var differences = await new MailboxComparer(source, opened.Writer, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel);
            Assert.True(differences.Count == 0, $"After {kills} kills with the seed {Seed}: {string.Join('\n', differences.Take(10))}");
        }

        TestContext.Current.SendDiagnosticMessage($"{kills} kills: nothing lost, nothing doubled.");
    }

    private async Task<bool> IsKilledAsync(string from, string to, string journal, int milliseconds)
    {
        using var worker = new JournalWorkerProcess("copy", from, to, "summersun", journal);
        await worker.UntilAsync("open");
        var done = worker.UntilAsync("done");
        if (await Task.WhenAny(done, Task.Delay(milliseconds, Cancel)) != done)
        {
            await worker.KillAsync(done);
            return true;
        }

        Assert.Equal("done Completed ", await done);
        return false;
    }
}
