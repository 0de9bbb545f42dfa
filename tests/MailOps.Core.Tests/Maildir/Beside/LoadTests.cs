using System.Globalization;
using System.Text.RegularExpressions;
using MailOps.Core.Tests.Maildir.Kills;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>
/// Two processes of ours and two sessions of Dovecot change the same mailboxes at once, watched by a third process. <c>MAILOPS_LOAD_SECONDS</c> says
/// for how long.
/// </summary>
public sealed partial class LoadTests(ITestOutputHelper output)
{
    private static readonly string[] Shared = ["INBOX", "Work", "Archive"];

    private static readonly int Seconds = int.TryParse(Environment.GetEnvironmentVariable("MAILOPS_LOAD_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 12;

    [Fact]
    public async Task Two_processes_and_Dovecot_on_the_same_mailboxes_lose_nothing_double_nothing_and_agree()
    {
        var seed = Environment.TickCount & 0xFFFF;
        await using var shared = await SharedAccount.StartAsync();
        await using var store = shared.OpenStore();
        var promises = new Promises();
        var account = await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        foreach (var name in Shared.Skip(1))
        {
            promises.Take("", ["begin", name, "create", name]);
            Assert.Equal(MailboxOutcome.Done, await account.CreateAsync(name, CancellationToken.None));
            promises.Take("", ["done", name]);
        }

        using var one = new WorkerProcess(shared.Root, "p1", seed, 2, promises);
        using var other = new WorkerProcess(shared.Root, "p2", seed + 100, 2, promises);
        await Task.WhenAll(one.Ready, other.Ready);
        var looks = 0;
        using (var stop = new CancellationTokenSource(TimeSpan.FromSeconds(Seconds)))
        {
            await using var first = await new DovecotTaker(shared).TalkAsync();
            await using var second = await new DovecotTaker(shared).TalkAsync();
            var writers = Task.WhenAll(
                Task.Run(() => new DovecotWriter(first, promises, "d1", new Random(seed + 1)).RunAsync(stop.Token)),
                Task.Run(() => new DovecotWriter(second, promises, "d2", new Random(seed + 2)).RunAsync(stop.Token)));
            while (!writers.IsCompleted && !stop.IsCancellationRequested)
            {
                await LookAsync(account, promises);
                looks++;
                await Task.WhenAny(writers, Task.Delay(250));
            }

            await writers;
        }

        await one.KillAsync();
        await other.KillAsync();
        Assert.True(one.Error is null && other.Error is null, $"Seed {seed}: a worker ended by itself: {one.Error ?? other.Error}");
        await AgreeAsync(shared, store, promises, seed);
        output.WriteLine($"{Seconds} s, {promises.Acknowledged} changes acknowledged, {looks} looks meanwhile, seed {seed}");
    }

    /// <summary>Tells what this process sees while the others work.</summary>
    private static async Task LookAsync(IMailAccount account, Promises promises)
    {
        foreach (var name in Shared)
        {
            await using var view = (await account.OpenAsync(name, readOnly: true, CancellationToken.None))!;
            promises.Take("", ["numbers", name, Number(view.UidValidity), Number(view.UidNext), Number(view.HighestModSeq)]);
            foreach (var message in view.Messages)
            {
                if (await StoreFixture.ReadAsync(view, message) is not { } text)
                    continue;
                promises.Take("", ["uid", Number(view.UidValidity), Number(message.Uid), text[9..text.IndexOf('\r', StringComparison.Ordinal)]]);
                promises.Take("", ["modseq", Number(view.UidValidity), Number(message.Uid), Number(message.ModSeq), FlagsOf(message)]);
            }
        }
    }

    /// <summary>Nobody works any more: Dovecot, the process that watched and a new one agree with each other and with what was promised.</summary>
    private static async Task AgreeAsync(SharedAccount shared, MaildirStore store, Promises promises, int seed)
    {
        var byStore = await new StoreTaker(store).LookAsync();
        await using var another = shared.OpenStore();
        var byAnother = await new StoreTaker(another).LookAsync();
        List<string> complaints =
        [
            .. AccountState.Differences("store", byStore, "Dovecot", await new DovecotTaker(shared).LookAsync()),
            .. AccountState.Differences("store", byStore, "another process", byAnother),
            .. shared.Dovecot.Complaints().Where(line => !IsOfItself(line)),
        ];
        var messages = new List<FoundMessage>();
        var mailboxes = new List<FoundMailbox>();
        var account = await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        var anothers = await another.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        foreach (var name in byStore.Folders.Keys)
        {
            await using var view = (await account.OpenAsync(name, readOnly: true, CancellationToken.None))!;
            await using var again = (await anothers.OpenAsync(name, readOnly: true, CancellationToken.None))!;
            mailboxes.Add(new FoundMailbox(name, view.UidValidity, view.UidNext, view.HighestModSeq));
            if (!view.Messages.Select(message => (message.Uid, message.ModSeq)).SequenceEqual(again.Messages.Select(message => (message.Uid, message.ModSeq))))
                complaints.Add($"{name} has other mod-sequences in another process");
            foreach (var message in view.Messages)
            {
                var text = (await StoreFixture.ReadAsync(view, message))!;
                var subject = text[9..text.IndexOf('\r', StringComparison.Ordinal)];
                var isWhole = text.EndsWith($"\r\nend of {subject}\r\n", StringComparison.Ordinal);
                messages.Add(new FoundMessage(name, view.UidValidity, message.Uid, isWhole ? subject : $"half of {subject}", StoreTaker.FlagsOf(message)));
            }
        }

        complaints.AddRange(promises.Check(messages, mailboxes));
        Assert.True(complaints.Count == 0, $"Seed {seed}:\n{string.Join('\n', complaints.Take(30))}");
    }

    // A message that Dovecot moves away and back keeps its name, of which its list may still have the old line.
    private static bool IsOfItself(string complaint) =>
        (complaint.Contains("Duplicate file entry", StringComparison.Ordinal) || complaint.Contains("Expunged message reappeared", StringComparison.Ordinal))
        && !StoresName().IsMatch(complaint);

    [GeneratedRegex(@"\.M\d+P\d+Q\d+\.", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StoresName();

    // In the order in which workers tell them.
    private static string FlagsOf(MailboxMessage message) => string.Join(' ', new[] { "\\Seen", "\\Flagged", "\\Answered", "alpha", "beta", "\\Deleted" }.Where(StoreTaker.FlagsOf(message).Split(' ').Contains));

    private static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
