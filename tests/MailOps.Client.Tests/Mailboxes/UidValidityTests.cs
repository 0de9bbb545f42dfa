using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>Changes by UIDs that were listed before a folder was made anew, on a real Dovecot (RFC 9051 section 2.3.1.1).</summary>
public sealed class UidValidityTests
{
    public static readonly TheoryData<string> Changes = ["set", "copy", "move", "delete"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_folder_that_is_the_same_is_changed(string change)
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await using var account = await OpenAsync(dovecot);
        var listed = await MakeAsync(account, "listed");
        Assert.True(listed.UidValidity > 0);
        Assert.Equal(1, await ChangeAsync(account, change, new ListedFolder("Box", listed.UidValidity), listed.Uid));
        var left = await ReadAsync(account, "Box");
        Assert.Equal(change is "set" or "copy" ? 1 : 0, left.Count);
        Assert.Equal(change == "set", left is [var one] && one.Flags.Contains("\\Flagged"));
        Assert.Equal(change is "copy" or "move" ? ["listed"] : [], (await ReadAsync(account, "Target")).Select(message => message.Subject));
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Nothing_is_changed_in_one_that_was_made_anew(string change)
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await using var account = await OpenAsync(dovecot);
        var listed = await MakeAsync(account, "listed");
        await account.DeleteAsync("Box", Cancel);
        await account.DeleteAsync("Target", Cancel);
        var other = await MakeAsync(account, "precious");
        Assert.Equal(listed.Uid, other.Uid);
        Assert.NotEqual(listed.UidValidity, other.UidValidity);

        var refused = await Assert.ThrowsAsync<MailSessionException>(() => ChangeAsync(account, change, new ListedFolder("Box", listed.UidValidity), listed.Uid));
        Assert.Equal(MailSessionFault.UidValidityChanged, refused.Fault);
        Assert.True(refused.IsRefusal);
        Assert.Contains("The folder Box was made anew or restored", refused.Message, StringComparison.Ordinal);
        Assert.Contains("List the messages again.", refused.Message, StringComparison.Ordinal);
        await AssertUntouchedAsync(account);
        Assert.Equal(1, await ChangeAsync(account, change, new ListedFolder("Box", other.UidValidity), other.Uid));
    }

    // The connection has the folder open for changes when another client deletes it and makes it anew.
    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Nothing_is_changed_in_one_that_was_made_anew_while_it_was_open(string change)
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await using var account = await OpenAsync(dovecot);
        await using var other = await OpenAsync(dovecot);
        var listed = await MakeAsync(account, "listed");
        await account.SetFlagsAsync(new ListedFolder("Box", listed.UidValidity), [listed.Uid], ["\\Seen"], null, null, Cancel);
        await other.DeleteAsync("Box", Cancel);
        await other.DeleteAsync("Target", Cancel);
        Assert.Equal(listed.Uid, (await MakeAsync(other, "precious")).Uid);

        await Record.ExceptionAsync(() => ChangeAsync(account, change, new ListedFolder("Box", listed.UidValidity), listed.Uid));
        await AssertUntouchedAsync(other);
    }

    private static async Task AssertUntouchedAsync(ImapAccount account)
    {
        var left = Assert.Single(await ReadAsync(account, "Box"));
        Assert.Equal("precious", left.Subject);
        Assert.DoesNotContain("\\Flagged", left.Flags);
        Assert.Empty(await ReadAsync(account, "Target"));
    }

    private static async Task<int> ChangeAsync(ImapAccount account, string change, ListedFolder folder, uint uid) => change switch
    {
        "set" => (await account.SetFlagsAsync(folder, [uid], ["\\Flagged"], null, null, Cancel)).Count,
        "copy" => (await account.CopyAsync(folder, [uid], "Target", makes: false, Cancel)).Count,
        "move" => (await account.MoveAsync(folder, [uid], "Target", makes: false, Cancel)).Count,
        _ => (await account.DeleteAsync(folder, [uid], Cancel)).Count,
    };

    private static async Task<ImapAccount> OpenAsync(PrivateDovecot dovecot)
    {
        var options = new MailboxOptions { Server = "localhost", Port = dovecot.ImapPort, Tls = TlsMode.None, Credential = new NetworkCredential("john", "summersun") };
        return await ImapAccount.OpenAsync(options, TimeProvider.System, Cancel);
    }

    private static async Task<ImapMessage> MakeAsync(ImapAccount account, string subject)
    {
        await account.CreateAsync("Box", use: null, subscribe: false, Cancel);
        await account.CreateAsync("Target", use: null, subscribe: false, Cancel);
        await using var message = await MessageToAdd.PrepareAsync(MessageContent.From($"Subject: {subject}\n\nbody\n"), [], null, null, Cancel);
        await account.AddAsync("Box", [message], makes: false, Cancel);
        return Assert.Single(await ReadAsync(account, "Box"));
    }

    private static async Task<IReadOnlyList<ImapMessage>> ReadAsync(ImapAccount account, string folder) =>
        await (await account.ExamineAsync(folder, Cancel)).ReadAsync(uids: null, new ImapReading(), first: null, Cancel).ToListAsync(Cancel);
}
