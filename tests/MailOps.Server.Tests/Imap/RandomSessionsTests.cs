using System.Globalization;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>
/// Two to five sessions change a mailbox at the same time, each at random and as it comes. Whatever is told is allowed, and when all rest each
/// knows what is there. <c>MAILOPS_IMAP_STEPS</c> says how many things all of them do (400 a seed), <c>MAILOPS_IMAP_SEED</c> from which seed on.
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
    public async Task What_is_told_is_allowed_and_all_that_is_there_is_told(int seed)
    {
        seed += Seed;
        var random = new Random(seed);
        await using var server = new ModSeqServer();
        await using (var first = await server.LogInAsync())
            Ok(await first.RunAsync("a create Archive"));
        await server.DeliverAsync(5);
        var sessions = new List<RandomSession>();
        try
        {
            for (var i = 0; i < 2 + (seed % 4); i++)
                sessions.Add(await RandomSession.BeginAsync(server, (SessionManner)random.Next(5), random.Next()));
            for (var step = 0; step < Steps; step += StepsBetweenRests * sessions.Count)
            {
                await Task.WhenAll(sessions.Select(session => Task.Run(async () =>
                {
                    for (var i = 0; i < StepsBetweenRests; i++)
                        await session.StepAsync();
                })));
                foreach (var session in sessions)
                    await session.RestAsync();
                await AgreeAsync(server, sessions, $"Seed {seed}, step {step}");
            }
        }
        finally
        {
            foreach (var session in sessions)
                await session.DisposeAsync();
        }
    }

    private static async Task AgreeAsync(ModSeqServer server, List<RandomSession> sessions, string where)
    {
        var truth = new MailboxModel();
        await using var reader = await server.LogInAsync();
        truth.Hear(Ok(await reader.RunAsync("a examine INBOX")));
        truth.Hear(Ok(await reader.RunAsync("b uid fetch 1:* (FLAGS)")));
        foreach (var session in sessions)
            Assert.True(truth.Messages.SequenceEqual(session.Model.Messages), $"{where}: {string.Join("; ", session.Model.Messages)} is known, {string.Join("; ", truth.Messages)} is there.");
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
