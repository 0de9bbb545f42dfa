using System.Diagnostics;
using System.Globalization;
using MailOps.Maildir;
using MailOps.Maildir.Names;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>
/// The store and Dovecot change one account by turns, as dice have it. After every turn both must tell the same of everything, and what was asked
/// must be what is there. <c>MAILOPS_TURNS</c> says how many turns, <c>MAILOPS_TURNS_SEED</c> repeats a run.
/// </summary>
public sealed class TurnTests(ITestOutputHelper output)
{
    private static readonly int Turns = Setting("MAILOPS_TURNS", 100);
    private static readonly int Seed = Setting("MAILOPS_TURNS_SEED", Environment.TickCount & 0xFFFF);

    // Dovecot's Maildir++ has no mailbox with a dot in its name, and neither layout has one that begins with a tilde.
    private static readonly string[] Names =
    [
        "Work", "Work/2026", "Work/2026/Q1", "Entwürfe", "日本語", "日本語/子", "a b", "x & y", "q\"uote", "back\\slash", "(round) [square]", "#hash/'q'", "📬",
        "e\u0301 and é", "INBOX/Sub", "100%", "st*r", "Inbox2", "{7}", " leading", "-", "&", "tail ",
    ];

    [Fact]
    public async Task Dovecot_and_the_store_agree_on_everything_after_each_of_many_random_turns() =>
        await RunAsync(MaildirLayout.MaildirPlusPlus, Seed, Names);

    [Fact]
    public async Task Dovecot_and_the_store_agree_on_everything_after_each_of_many_random_turns_in_nested_directories() =>
        await RunAsync(MaildirLayout.Fs, Seed + 1, [.. Names, "v1.0", ".dot", "v1.0/x.y"]);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private async Task RunAsync(MaildirLayout layout, int seed, IReadOnlyList<string> names)
    {
        await using var shared = await SharedAccount.StartAsync(layout);
        await using var store = shared.OpenStore();
        var ours = new StoreTaker(store);
        var dovecot = new DovecotTaker(shared);
        var random = new Random(seed);

        // In nested directories Dovecot renames nothing to a name that is only a directory.
        var turn = new RandomTurn(random, names, name => layout != MaildirLayout.Fs || !Directory.Exists(Path.Join(shared.Inbox, FsMailboxPath.ToDirectory(name))));
        var told = new List<string>();

        // Dovecot's COPY and MOVE name a file after its GUID, which is the name of the first copy: where that one was expunged, the name may
        // stand in Dovecot's own list twice, the second time with one of these UIDs. Ours give new names.
        var namedByDovecot = new List<uint>();
        var watch = Stopwatch.StartNew();
        var state = await ours.LookAsync();
        Complain(AccountState.Differences("store", state, "Dovecot", await dovecot.LookAsync()));
        for (var i = 1; i <= Turns; i++)
        {
            ITurnTaker who = random.Next(2) == 0 ? ours : dovecot;
            ExpectedAccount expected;
            try
            {
                (var words, expected) = await turn.TakeAsync(who, state);
                told.Add($"{i}: {words}");
            }
            catch (Exception error)
            {
                Complain([$"after the last of these, {who.Name} fails: {error.Message}"]);
                throw;
            }

            // Who looks first gives the UIDs.
            var isFirst = random.Next(2) == 0;
            var before = state;
            var byDovecot = isFirst ? null : await dovecot.LookAsync();
            state = await ours.LookAsync();
            byDovecot ??= await dovecot.LookAsync();
            Complain(AccountState.Differences("store", state, "Dovecot", byDovecot));
            Complain(expected.Complaints(state));
            if (who == dovecot && (told[^1].Contains(" copies ", StringComparison.Ordinal) || told[^1].Contains(" moves ", StringComparison.Ordinal)))
                namedByDovecot.AddRange(NewIn(state, before));
            if (i % 10 == 0)
            {
                await using var another = shared.OpenStore();
                Complain(AccountState.Differences("store", state, "another process", await new StoreTaker(another).LookAsync()));
            }
        }

        Complain(shared.Dovecot.Complaints().FindAll(line => !line.Contains("Duplicate file entry", StringComparison.Ordinal) || !namedByDovecot.Exists(uid => line.Contains($"-> {uid})", StringComparison.Ordinal))));
        output.WriteLine($"{Turns} turns, {watch.Elapsed.TotalSeconds:0} s, seed {seed}");

        void Complain(List<string> complaints) => Assert.True(
            complaints.Count == 0,
            $"Seed {seed}, {layout}.\n{string.Join('\n', complaints.Take(20))}\nThe last turns were\n{string.Join('\n', told.TakeLast(6))}");
    }
    private static IEnumerable<uint> NewIn(AccountState state, AccountState before) => state.Folders.SelectMany(folder =>
        folder.Value.Messages.Select(message => message.Uid).Where(uid => !before.Folders.TryGetValue(folder.Key, out var known) || uid >= known.UidNext));
}
