using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>A mailbox as it is when all rest.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Model">What a session knows that has only just come.</param>
/// <param name="Status">What STATUS tells.</param>
internal sealed record TrueMailbox(string Name, MailboxModel Model, IReadOnlyDictionary<string, ulong> Status)
{
    /// <summary>Reads all mailboxes, each in two ways that must agree.</summary>
    public static async Task<IReadOnlyList<TrueMailbox>> ReadAllAsync(ModSeqServer server)
    {
        await using var client = await server.LogInAsync();
        var mailboxes = new List<TrueMailbox>();
        foreach (var name in Ok(await client.RunAsync("a list \"\" *")).Select(Untagged.Parse).OfType<Untagged>().Select(told => told.Name))
        {
            var model = new MailboxModel();
            model.Hear(Ok(await client.RunAsync($"b examine {name}")));
            model.Hear(Ok(await client.RunAsync("c uid fetch 1:* (FLAGS MODSEQ BODY.PEEK[HEADER.FIELDS (SUBJECT)])")));
            var told = Ok(await client.RunAsync($"d status {name} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)")).Select(Untagged.Parse).OfType<Untagged>();
            var mailbox = new TrueMailbox(name, model, Assert.Single(told, one => one.Kind == UntaggedKind.Status).StatusItems.ToDictionary(item => item.Name, item => item.Value));
            mailbox.Check();
            mailboxes.Add(mailbox);
        }

        return mailboxes;
    }

    private void Check()
    {
        Assert.Equal(Model.Uids.Count, Model.Subjects.Count);
        Assert.Equal((ulong)Model.Uids.Count, Status["MESSAGES"]);
        Assert.Equal((ulong)Model.Uids.Count(uid => !Model.FlagsOf(uid).Split(' ').Contains("\\Seen")), Status["UNSEEN"]);
        Assert.Equal(Model.UidValidity, Status["UIDVALIDITY"]);
        Assert.Equal(Model.Highest, Status["HIGHESTMODSEQ"]);
        Assert.True(Status["UIDNEXT"] > Model.Uids.LastOrDefault());
        Assert.All(Model.ModSeqs.Values, modSeq => Assert.InRange(modSeq, 1ul, Model.Highest));
    }
}
