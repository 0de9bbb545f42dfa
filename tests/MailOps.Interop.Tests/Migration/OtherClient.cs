using System.Text.Json;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests.Migration;

/// <summary>Another program's look at a mailbox: Python's own IMAP library, which shares no line with ours.</summary>
internal static class OtherClient
{
    // Of each folder what a message is: the hash of its octets with one kind of line end and the end of the last line, its flags, and its date as a time. A NUL
    // is what Dovecot shows for it, which shows the octet itself by BINARY alone.
    private const string Script = """
        import hashlib, imaplib, json, re, ssl, sys, time
        imaplib._MAXLINE = 100000000
        port, user, tls = int(sys.argv[1]), sys.argv[2], sys.argv[3] == 'tls'
        client = imaplib.IMAP4('127.0.0.1', port)
        if tls:
            client.starttls(ssl._create_unverified_context())
        client.login(user, 'summersun')
        folders = {}
        for line in client.list()[1]:
            if isinstance(line, tuple):
                name = line[1]
                attributes = line[0]
            else:
                attributes, name = re.fullmatch(rb'(\(.*?\)) (?:"(?:\\.|[^"])*"|NIL) (.*)', line).groups()
            if b'\\Noselect' in attributes or b'\\NonExistent' in attributes or b'\\NoSelect' in attributes:
                continue
            if name.startswith(b'"'):
                name = re.sub(rb'\\(.)', rb'\1', name[1:-1])
            quoted = b'"' + name.replace(b'\\', b'\\\\').replace(b'"', b'\\"') + b'"'
            status, _ = client.select(quoted.decode('latin-1'), readonly=True)
            if status != 'OK':
                raise Exception('cannot open ' + repr(name))
            found = []
            status, answers = client.uid('FETCH', '1:*', '(UID FLAGS INTERNALDATE BODY.PEEK[])')
            heads, i = [], 0
            while i < len(answers):
                one = answers[i]
                if isinstance(one, tuple):
                    head, body = one
                    while i + 1 < len(answers) and not isinstance(answers[i + 1], tuple) and answers[i + 1] is not None and not re.match(rb'\d+ \(', answers[i + 1]):
                        head += b' ' + answers[i + 1]
                        i += 1
                    heads.append((head, body))
                elif one is not None and b'BODY[]' in one:
                    heads.append((one, b''))
                i += 1
            for head, body in heads:
                text = re.sub(rb'\r\n', b'\n', body).replace(b'\0', b'\x80')
                if not text.endswith(b'\n'):
                    text += b'\n'
                flags = sorted(flag.decode() for flag in re.search(rb'FLAGS \((.*?)\)', head).group(1).split() if flag.lower() != b'\\recent')
                date = imaplib.Internaldate2tuple(re.search(rb"(INTERNALDATE \"[^\"]*\")", head).group(1))
                found.append(hashlib.sha256(text).hexdigest()[:32] + ' ' + ' '.join(flags) + ' ' + str(int(time.mktime(date))))
            folders[name.decode('latin-1')] = sorted(found)
        client.logout()
        json.dump(folders, sys.stdout)
        """;

    /// <summary>What is in each folder, by its name as it is on the wire.</summary>
    public static async Task<Dictionary<string, List<string>>> ReadAsync(CopyServer server)
    {
        var said = await PeerCommand.RunAsync(Peers.Require("python3", "python3"), ["-c", Script, $"{server.Port}", server.User, server.Tls == Wire.TlsMode.None ? "plain" : "tls"]);
        Xunit.Assert.True(said.ExitCode == 0, said.Error);
        return JsonSerializer.Deserialize<Dictionary<string, List<string>>>(said.Output)!;
    }
}
