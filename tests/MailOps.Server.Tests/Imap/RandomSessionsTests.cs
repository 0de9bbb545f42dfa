using System.Globalization;
using Xunit;
using Xunit.Sdk;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>
/// Two to five sessions change mailboxes at the same time, each at random and as it comes. Whatever is told is allowed, and when all rest each
/// knows what is there, and no message is lost or doubled. <c>MAILOPS_IMAP_STEPS</c> says how many things all of them do (400 a seed),
/// <c>MAILOPS_IMAP_SEED</c> from which seed on.
/// </summary>
public sealed class RandomSessionsTests
{
    private const int StepsBetweenRests = 20;

    private static readonly int Steps = Setting("MAILOPS_IMAP_STEPS", 400);
    private static readonly int Seed = Setting("MAILOPS_IMAP_SEED", 0);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(105)]
    [InlineData(106)]
    [InlineData(203)]
    [InlineData(206)]
    [InlineData(207)]
    [InlineData(308)]
    [InlineData(605)]
    public async Task What_is_told_is_allowed_and_all_that_is_there_is_told(int seed)
    {
        seed += Seed;
        var random = new Random(seed);
        await using var server = new ModSeqServer();
        await using (var first = await server.LogInAsync())
        {
            foreach (var mailbox in RandomSession.Lasting[1..])
                Ok(await first.RunAsync($"a create {mailbox}"));
        }

        var ledger = new MessageLedger();
        var sessions = new List<RandomSession>();
        try
        {
            for (var i = 0; i < 2 + (seed % 4); i++)
                sessions.Add(await RandomSession.BeginAsync(server, ledger, random.Next()));
            for (var step = 0; step < Steps; step += StepsBetweenRests * sessions.Count)
            {
                var where = $"Seed {seed}, step {step}";
                await Task.WhenAll(sessions.Select(session => Task.Run(() => TellingAsync([session], where, async () =>
                {
                    for (var i = 0; i < StepsBetweenRests; i++)
                        await session.StepAsync();
                }))));
                foreach (var session in sessions)
                    await TellingAsync([session], where, session.RestAsync);
                await AgreeAsync(server, sessions, ledger, where);
            }
        }
        finally
        {
            foreach (var session in sessions)
                await session.DisposeAsync();
        }
    }

    private static async Task AgreeAsync(ModSeqServer server, List<RandomSession> sessions, MessageLedger ledger, string where)
    {
        var truth = await TrueMailbox.ReadAllAsync(server);
        foreach (var session in sessions)
        {
            await TellingAsync([session], where, async () =>
            {
                // One that was deleted is empty for who has it open.
                var there = truth.FirstOrDefault(mailbox => mailbox.Model.UidValidity == session.Model!.UidValidity)?.Model ?? new MailboxModel();
                Assert.Equal(there.Messages, session.Model!.Messages);
                Assert.All(session.Model.ModSeqs, pair => Assert.Equal(there.ModSeqs[pair.Key], pair.Value));
                Assert.All(session.Model.Subjects.Where(pair => there.Uids.Contains(pair.Key)), pair => Assert.Equal(there.Subjects[pair.Key], pair.Value));
                await session.AgreeOnOthersAsync(truth);
            });
        }

        var messages = truth.SelectMany(mailbox => mailbox.Model.Subjects.Select(pair => (Place: new MessageLedger.Place(mailbox.Model.UidValidity, pair.Key), pair.Value)));
        var deleted = truth.SelectMany(mailbox => mailbox.Model.Uids.Where(uid => mailbox.Model.FlagsOf(uid).Contains("\\Deleted", StringComparison.Ordinal)).Select(uid => new MessageLedger.Place(mailbox.Model.UidValidity, uid)));
        await TellingAsync(sessions, where, () =>
        {
            ledger.Check(truth.Select(mailbox => mailbox.Model.UidValidity).ToHashSet(), messages.ToDictionary(one => one.Place, one => one.Value), deleted);
            return Task.CompletedTask;
        });
    }

    // What was said before something broke, with what broke.
    private static async Task TellingAsync(IEnumerable<RandomSession> sessions, string where, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (e is XunitException or InvalidDataException or TimeoutException)
        {
            throw new XunitException($"{where}: {e.Message}\n{string.Join("\n\n", sessions.Select(session => session.Story))}", e);
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
