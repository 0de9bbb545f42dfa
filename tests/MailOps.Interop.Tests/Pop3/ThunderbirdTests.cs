using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Pop3;

/// <summary>Thunderbird fetches a maildrop: every octet, nothing twice, and what its user deletes is gone on the server.</summary>
public sealed class ThunderbirdTests
{
    // 0 is no TLS, 2 STLS, 3 TLS from the start (nsMsgSocketType).
    private const string MakeAccount = """
        const [host, port, user, password, socketType] = arguments;
        Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService).setDisableAllSecurityChecksAndLetAttackersInterceptMyData(true);
        const server = MailServices.accounts.createIncomingServer(user, host, "pop3");
        server.port = port;
        server.socketType = socketType;
        server.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
        server.password = password;
        server.QueryInterface(Ci.nsIPop3IncomingServer).leaveMessagesOnServer = true;
        server.QueryInterface(Ci.nsIPop3IncomingServer).deleteMailLeftOnServer = true;
        const account = MailServices.accounts.createAccount();
        account.incomingServer = server;
        server.valid = true;
        return server.key;
        """;

    private const string GetMail = """
        const server = MailServices.accounts.getIncomingServer(arguments[0]);
        const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
        const status = await new Promise(resolve => MailServices.pop3.GetNewMail(null, { OnStartRunningUrl() {}, OnStopRunningUrl(url, status) { resolve(status); } }, inbox, server));
        if (status)
            throw new Error("GetNewMail ended with 0x" + (status >>> 0).toString(16));
        const all = [];
        for (const message of inbox.messages) {
            const uri = inbox.getUriForMsg(message);
            const text = await new Promise(resolve => {
                const data = [];
                MailServices.messageServiceFromURI(uri).streamMessage(uri, {
                    onStartRequest() {},
                    onStopRequest() { resolve(data.join("")); },
                    onDataAvailable(request, stream, offset, count) {
                        const scriptable = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
                        scriptable.setInputStream(stream);
                        data.push(scriptable.readBytes(count));
                    },
                }, null, null, false, "", false);
            });
            all.push(text);
        }
        return all;
        """;

    private const string Delete = """
        const inbox = MailServices.accounts.getIncomingServer(arguments[0]).rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
        const chosen = [...inbox.messages].filter(message => message.subject == arguments[1]);
        await new Promise(resolve => inbox.deleteMessages(chosen, null, true, false, { onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() {}, onStopCopy: resolve }, false));
        return chosen.length;
        """;

    [Theory]
    [InlineData("plain", 0)]
    [InlineData("STLS", 2)]
    [InlineData("implicit", 3)]
    public async Task Thunderbird_fetches_every_octet_and_nothing_twice_and_deletes(string way, int socketType)
    {
        await using var thunderbird = await Thunderbird.StartAsync();
        await using var server = await ReadMaildrop.StartAsync();
        var port = server.Port(MailProtocol.Pop3, way == "implicit" ? TlsMode.Implicit : TlsMode.StartTls);
        var key = (await thunderbird.RunAsync(MakeAccount, "127.0.0.1", port, ReadMaildrop.Account, ReadMaildrop.Password, socketType)).GetString()!;

        for (var fetch = 0; fetch < 2; fetch++)
        {
            var fetched = (await thunderbird.RunAsync(GetMail, key)).EnumerateArray().Select(one => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(one.GetString()!))).ToList();
            Assert.Equal(2, fetched.Count);
            // It puts fields of its own before the message's.
            Assert.Contains(fetched, one => one.EndsWith("\n" + ReadMaildrop.Odd, StringComparison.Ordinal));
            Assert.Contains(fetched, one => one.EndsWith("\n" + ReadMaildrop.Plain, StringComparison.Ordinal));
        }

        Assert.Equal(2, server.Events.OfType<CommandReceived>().Count(happened => happened.Command == "RETR"));
        Assert.Equal(1, (await thunderbird.RunAsync(Delete, key, "plain")).GetInt32());
        Assert.Equal(1, (await thunderbird.RunAsync(GetMail, key)).GetArrayLength());

        await ReadMaildrop.OnlyOddIsLeftAsync(server, way);
    }
}
