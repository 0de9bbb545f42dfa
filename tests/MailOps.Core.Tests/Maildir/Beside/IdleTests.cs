using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>What one program changes reaches the idle session of the other. How long it took is told, not asserted.</summary>
public sealed class IdleTests(ITestOutputHelper output)
{
    private const int Rounds = 7;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Flags_messages_and_expunges_of_Dovecot_reach_who_waits_on_the_store()
    {
        await using var shared = await SharedAccount.StartAsync();
        await using var store = shared.OpenStore();
        await using var talk = await new DovecotTaker(shared).TalkAsync();
        var account = await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        await using var view = (await account.OpenAsync("INBOX", readOnly: false, CancellationToken.None))!;
        await talk.AskAsync("SELECT INBOX");
        foreach (var (what, command) in new[]
        {
            ("append", _ => "APPEND INBOX {11+}\r\nA: b\r\n\r\nx\r\n"),
            ("flag", _ => "UID STORE * +FLAGS (\\Flagged)"),
            ("keyword", round => string.Create(CultureInfo.InvariantCulture, $"UID STORE * +FLAGS (new{round})")),
            ("expunge", (Func<int, string>)(_ => "EXPUNGE")),
        })
        {
            var times = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                if (what == "expunge")
                    await talk.AskAsync("STORE 1 +FLAGS (\\Deleted)");
                if (what == "flag")
                    await talk.AskAsync("UID STORE * -FLAGS (\\Flagged)");
                await SettleAsync(view, talk);
                var waiting = view.WaitForChangeAsync(CancellationToken.None);
                await talk.AskAsync(command(round));
                var watch = Stopwatch.StartNew();
                while (true)
                {
                    await waiting.WaitAsync(Patience);
                    if (await view.RefreshAsync(expunges: true, CancellationToken.None) is { IsEmpty: false })
                        break;
                    waiting = view.WaitForChangeAsync(CancellationToken.None);
                }

                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            Say($"{what} by Dovecot, seen by the store", times);
        }

        Assert.Empty(view.Messages);
        Assert.Empty(shared.Dovecot.Complaints());
    }

    [Fact]
    public async Task Flags_messages_and_expunges_of_the_store_reach_an_idle_session_of_Dovecot()
    {
        await using var shared = await SharedAccount.StartAsync();
        await using var store = shared.OpenStore();
        var ours = new StoreTaker(store);
        await using var talk = await new DovecotTaker(shared).TalkAsync();
        await talk.AskAsync("SELECT INBOX");
        foreach (var (what, response) in new[] { ("append", " EXISTS"), ("keyword", " FETCH "), ("expunge", " EXPUNGE") })
        {
            var times = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                var uids = (await ours.LookAsync()).Folders["INBOX"].Messages.Select(message => message.Uid).ToList();
                await talk.AskAsync("NOOP");
                var tag = await talk.SendAsync("IDLE");
                while (!(await talk.ReadResponseAsync()).StartsWith('+'))
                {
                    // What Dovecot had to tell before.
                }

                await (what switch
                {
                    "append" => ours.AppendAsync("INBOX", "A: b\r\n\r\nx\r\n", [], DateTimeOffset.UtcNow),
                    "keyword" => ours.StoreAsync("INBOX", uids, FlagChange.Replace, ["new" + round.ToString(CultureInfo.InvariantCulture)]),
                    _ => ours.ExpungeAsync("INBOX", uids[..1]),
                });
                var watch = Stopwatch.StartNew();
                while (!(await talk.ReadResponseAsync().WaitAsync(Patience)).Contains(response, StringComparison.Ordinal))
                {
                    // RECENT, or the \Deleted before an expunge.
                }

                times.Add(watch.Elapsed.TotalMilliseconds);
                await talk.SendLineAsync("DONE");
                await talk.ReadAnswerAsync(tag);
            }

            Say($"{what} by the store, told by Dovecot in IDLE", times);
        }

        Assert.Equal("0", (await talk.AskAsync("STATUS INBOX (MESSAGES)")).Of("STATUS").Select(one => ((List<object>)one[2])[1]).Single());
        Assert.Empty(shared.Dovecot.Complaints());
    }

    // Until the view and Dovecot know all that was done before, and no change of it is still on its way to who waits.
    private static async Task SettleAsync(IMailbox view, ImapTalk talk)
    {
        await talk.AskAsync("NOOP");
        while (!(await view.RefreshAsync(expunges: true, CancellationToken.None)).IsEmpty)
            await talk.AskAsync("NOOP");
    }

    private void Say(string what, List<double> times)
    {
        times.Sort();
        output.WriteLine(new StringBuilder().Append(CultureInfo.InvariantCulture, $"{what}: median {times[times.Count / 2]:0} ms, longest {times[^1]:0} ms of {times.Count}").ToString());
    }
}
