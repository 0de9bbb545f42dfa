using MailOps.Tests.Support;
using MailOps.Trust.Dkim;

namespace MailOps.Server.Tests.Queue;

/// <summary>What verifiers of other servers say of a message: mailauth (npm), and OpenDKIM.</summary>
internal static class MailAuth
{
    private const string Place = "/opt/mailauth/node_modules/mailauth";

    private const string Script = """
        const { dkimVerify } = require(process.argv[2] + '/lib/dkim/verify');
        const fs = require('fs');
        const records = JSON.parse(fs.readFileSync(process.argv[4], 'utf8'));
        const resolver = async (name, type) => {
            if (type === 'TXT' && records[name]) return [[records[name]]];
            throw Object.assign(new Error('none'), { code: 'ENOTFOUND' });
        };
        dkimVerify(fs.readFileSync(process.argv[3]), { resolver }).then(found => {
            for (const one of found.results) console.log(one.signingDomain + ' ' + one.selector + ' ' + one.algo + ' ' + one.status.result);
        });
        """;

    /// <summary>Each signature as mailauth sees it, such as <c>example.com s1 rsa-sha256 pass</c>.</summary>
    public static async Task<string[]> VerifyAsync(PrivateFolder folder, string message, params DkimKeyRecord[] keys)
    {
        if (!Directory.Exists(Place))
            Peers.Miss("mailauth is not installed; install it with: npm install --prefix /opt/mailauth mailauth");
        var records = System.Text.Json.JsonSerializer.Serialize(keys.ToDictionary(key => key.RecordName, key => key.RecordValue));
        string[] arguments = [folder.Write("verify.js", Script), Place, WriteMessage(folder, message), folder.Write("records.json", records)];
        return (await PeerCommand.RunAsync(Peers.Require("node", "nodejs"), arguments)).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What OpenDKIM would put into the message's Authentication-Results.</summary>
    public static async Task<string> OpenDkimAsync(PrivateFolder folder, string message, params DkimKeyRecord[] keys)
    {
        var records = folder.Write("records", string.Concat(keys.Select(key => $"{key.RecordName} {key.RecordValue}\n")));
        var configuration = folder.Write("opendkim.conf", $"Mode v\nTestPublicKeys {records}\nInternalHosts {folder.Write("none", "192.0.2.1\n")}\n");
        return (await PeerCommand.RunAsync(Peers.Require("opendkim", "opendkim"), ["-x", configuration, "-vv", "-t", WriteMessage(folder, message)])).Succeeded().Output;
    }

    private static string WriteMessage(PrivateFolder folder, string message)
    {
        var path = folder.Of("message.eml");
        File.WriteAllText(path, message, System.Text.Encoding.Latin1);
        return path;
    }
}
