using MailOps.Tests.Support;
using MailOps.Trust.Dkim;

namespace MailOps.Server.Tests.Queue.Forwarding;

/// <summary>What verifiers of other servers say of a chain: mailauth (npm), and dkimpy (python3-dkim).</summary>
internal static class ArcPeers
{
    private const string Place = "/opt/mailauth/node_modules/mailauth";

    private const string MailAuthScript = """
        const { dkimVerify } = require(process.argv[2] + '/lib/dkim/verify');
        const { arc } = require(process.argv[2] + '/lib/arc');
        const fs = require('fs');
        const records = JSON.parse(fs.readFileSync(process.argv[4], 'utf8'));
        const resolver = async (name, type) => {
            if (type === 'TXT' && records[name]) return [[records[name]]];
            throw Object.assign(new Error('none'), { code: 'ENOTFOUND' });
        };
        dkimVerify(fs.readFileSync(process.argv[3]), { resolver })
            .then(found => arc(found.arc, { resolver }))
            .then(found => console.log(found.status.result + ' ' + (found.i || 0)));
        """;

    private const string DkimpyScript = """
        import dkim, json, sys
        records = json.load(open(sys.argv[2]))
        def find(name, timeout=5):
            return records.get((name if isinstance(name, str) else name.decode('ascii')).rstrip('.'), '').encode('ascii')
        cv, results, reason = dkim.arc_verify(open(sys.argv[1], 'rb').read(), dnsfunc=find)
        print(cv.decode('ascii'), len(results), reason)
        """;

    /// <summary>What mailauth says, such as <c>pass 1</c>: the result and the newest set.</summary>
    public static async Task<string> MailAuthAsync(PrivateFolder folder, string message, params DkimKeyRecord[] keys)
    {
        if (!Directory.Exists(Place))
            Peers.Miss("mailauth is not installed; install it with: npm install --prefix /opt/mailauth mailauth");
        string[] arguments = [folder.Write("arc.js", MailAuthScript), Place, Write(folder, message), Records(folder, keys)];
        return (await PeerCommand.RunAsync(Peers.Require("node", "nodejs"), arguments)).Succeeded().Output.Trim();
    }

    /// <summary>What dkimpy says, such as <c>pass 1 success</c>: the result, the sets that were looked at, and why.</summary>
    public static async Task<string> DkimpyAsync(PrivateFolder folder, string message, params DkimKeyRecord[] keys)
    {
        Peers.Require("arcverify", "python3-dkim");
        string[] arguments = [folder.Write("arc.py", DkimpyScript), Write(folder, message), Records(folder, keys)];
        return (await PeerCommand.RunAsync("/usr/bin/python3", arguments)).Succeeded().Output.Trim();
    }

    private static string Records(PrivateFolder folder, DkimKeyRecord[] keys) =>
        folder.Write("records.json", System.Text.Json.JsonSerializer.Serialize(keys.ToDictionary(key => key.RecordName, key => key.RecordValue)));

    private static string Write(PrivateFolder folder, string message)
    {
        var path = folder.Of("forwarded.eml");
        File.WriteAllText(path, message, System.Text.Encoding.Latin1);
        return path;
    }
}
