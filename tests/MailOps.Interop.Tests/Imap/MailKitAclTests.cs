using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>Mailboxes are shared by the IMAP client that .NET programs use (RFC 4314, RFC 2342).</summary>
public sealed class MailKitAclTests
{
    [Fact]
    public async Task MailKit_gives_and_takes_rights_and_another_uses_them()
    {
        await using var server = await TestServer.StartAsync();
        using var john = await ConnectAsync(server, "john@example.com");
        Assert.True(john.Capabilities.HasFlag(ImapCapabilities.Acl | ImapCapabilities.ListMyRights | ImapCapabilities.Namespace));
        Assert.All("texk", right => Assert.Contains(new AccessRight(right), john.Rights));
        Assert.Equal(("user", "Public"), (john.OtherNamespaces[0].Path.TrimEnd('/'), john.SharedNamespaces[0].Path.TrimEnd('/')));

        var shared = await john.GetFolder(john.PersonalNamespaces[0]).CreateAsync("Shared", isMessageFolder: true) ?? throw new InvalidOperationException();
        Assert.Equal("aceiklprstwxd".Order(), (await shared.GetMyAccessRightsAsync()).Select(right => right.Right).Order());
        await shared.SetAccessRightsAsync("mary@example.com", new AccessRights("lr"));
        await shared.AddAccessRightsAsync("mary@example.com", new AccessRights("swi"));
        await shared.RemoveAccessRightsAsync("mary@example.com", new AccessRights("w"));
        var list = await shared.GetAccessControlListAsync();
        Assert.Equal(["john@example.com acdeiklprstwx", "mary@example.com ilrs"], list.Select(one => $"{one.Name} {Letters(one.Rights)}").Order(StringComparer.Ordinal));
        Assert.Equal("acdeiklprstwx", Letters(await shared.GetAccessRightsAsync("john@example.com")));
        using (var message = new MimeMessage { Subject = "hello", Body = new TextPart("plain") { Text = "text" } })
            await shared.AppendAsync(message);

        using var mary = await ConnectAsync(server, "mary@example.com");
        var folders = await mary.GetFoldersAsync(mary.OtherNamespaces[0]);
        var hers = Assert.Single(folders, folder => folder.Exists && !folder.Attributes.HasFlag(FolderAttributes.NonExistent) && folder.Name == "Shared");
        Assert.Equal("user/john@example.com/Shared", hers.FullName);
        await hers.OpenAsync(FolderAccess.ReadWrite);
        Assert.Equal(MessageFlags.Seen, hers.PermanentFlags);
        Assert.Equal("hello", (await hers.GetMessageAsync(0)).Subject);
        await hers.AddFlagsAsync(0, MessageFlags.Seen, silent: false);
        Assert.Equal(MessageFlags.Seen, (await hers.FetchAsync(0, -1, MessageSummaryItems.Flags))[0].Flags & ~MessageFlags.Recent);
        await hers.CopyToAsync(0, mary.Inbox!);
        Assert.Equal("ilrs", Letters(await hers.GetMyAccessRightsAsync()));
        await Assert.ThrowsAsync<ImapCommandException>(() => hers.GetAccessControlListAsync());

        await shared.RemoveAccessAsync("mary@example.com");
        await Assert.ThrowsAnyAsync<ProtocolException>(() => hers.FetchAsync(0, -1, MessageSummaryItems.Flags));
        using var again = await ConnectAsync(server, "mary@example.com");
        await Assert.ThrowsAsync<FolderNotFoundException>(() => again.GetFolderAsync("user/john@example.com/Shared"));
        await again.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        Assert.Equal(1, again.Inbox.Count);
    }

    private static string Letters(IEnumerable<AccessRight> rights) => string.Concat(rights.Select(right => right.Right).Order());

    private static async Task<ImapClient> ConnectAsync(TestServer server, string user)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", server.Port(MailProtocol.Imap), SecureSocketOptions.StartTls);
        await client.AuthenticateAsync(user, "summersun");
        return client;
    }
}
