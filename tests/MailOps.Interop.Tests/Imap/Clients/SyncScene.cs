using MailKit;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>What happens between two runs of a program that keeps Maildirs and a server the same: changes of every kind on both sides.</summary>
internal static class SyncScene
{
    /// <summary>Changes both sides, which were the same.</summary>
    public static async Task ChangeAsync(ClientServer server, LocalMaildirs near)
    {
        // On the server: flags, a deletion, a move, a new message, a new mailbox.
        using (var client = await server.ConnectAsync())
        {
            var inbox = client.Inbox;
            await inbox.OpenAsync(FolderAccess.ReadWrite);
            await inbox.AddFlagsAsync([0, 1], MessageFlags.Flagged, silent: true);
            await inbox.RemoveFlagsAsync(2, MessageFlags.Seen, silent: true);
            await inbox.AddFlagsAsync(3, MessageFlags.Deleted, silent: true);
            await inbox.ExpungeAsync();
            await inbox.MoveToAsync(3, await client.GetFolderAsync("Work/Done"));
            await ClientServer.AppendAsync(inbox, [("from the server", MessageFlags.Flagged)]);
        }

        await server.PutAsync("Größe", ("new there", MessageFlags.Seen));
        // And here.
        near.SetFlags("INBOX", "in 010", "FRS");
        near.SetFlags("Entw&APw-rfe", "draft 001", "");
        near.Remove("Entw&APw-rfe", "draft 002");
        near.Move("INBOX", "in 011", "Work/Done");
        near.Put("INBOX", ClientServer.Message("from here"), "S");
        near.Put("Here", ClientServer.Message("new here"), "F");
    }

    /// <summary>Both sides have both sides' changes.</summary>
    public static async Task CheckAsync(ClientServer server, LocalMaildirs near)
    {
        await EqualAsync(server, near);
        Assert.Equal(["Entwürfe", "Größe", "Here", "INBOX", "Work", "Work/Done"], await server.MailboxesAsync());
        var inbox = await server.ShownAsync("INBOX");
        Assert.Equal(100 - 3 + 2, inbox.Length);
        Assert.Contains("in 001 \\Flagged", inbox);
        Assert.Contains("in 003", inbox);
        Assert.Contains("in 010 \\Answered \\Flagged \\Seen", inbox);
        Assert.Contains("from here \\Seen", inbox);
        Assert.Contains("from the server \\Flagged", near.Shown("INBOX"));
        var work = await server.ShownAsync("Work/Done");
        Assert.Contains("in 005", work);
        Assert.Contains("in 011", work);
        Assert.Contains("draft 001", await server.ShownAsync("Entwürfe"));
        Assert.Equal(49, near.Shown("Entw&APw-rfe").Length);
        Assert.Equal(["new here \\Flagged"], await server.ShownAsync("Here"));
        Assert.Equal(["new there \\Seen"], near.Shown("Gr&APYA3w-e"));
    }

    /// <summary>The mailboxes that were there from the start hold the same on both sides.</summary>
    public static async Task EqualAsync(ClientServer server, LocalMaildirs near)
    {
        foreach (var (there, here) in new[] { ("INBOX", "INBOX"), ("Entwürfe", "Entw&APw-rfe"), ("Work/Done", "Work/Done") })
            Assert.Equal((await server.ShownAsync(there)).Order(StringComparer.Ordinal), near.Shown(here));
    }
}
