using System.Text;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>
/// Which reports of a day went out, a line each: <c>DOMAIN TARGET</c> when it did, before that <c>DOMAIN TARGET ID</c> where it goes into the
/// queue under that id, and <c>DOMAIN *</c> when nothing more is tried. A line that was cut off says nothing.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class TlsSentLog(string path)
{
    private const string All = "*";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly HashSet<(string Domain, string Target)> _sent = [];
    private readonly Dictionary<(string Domain, string Target), string> _begun = [];

    /// <summary>Reads what is there.</summary>
    public TlsSentLog Read()
    {
        if (!File.Exists(path))
            return this;
        var text = File.ReadAllText(path);
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        if (whole.Length < text.Length)
        {
            // The next line must not go on where this one was cut off.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
            file.SetLength(Encoding.UTF8.GetByteCount(whole));
        }

        foreach (var line in whole.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Take(line.Split(' '));
        return this;
    }

    /// <summary>True if nothing more is to be done for a domain.</summary>
    public bool IsDone(string domain) => Has(domain, All);

    /// <summary>True if a report reached a target.</summary>
    public bool Has(string domain, string target)
    {
        lock (_sent)
            return _sent.Contains((domain, target));
    }

    /// <summary>The ids under which reports were to go into the queue, and perhaps did.</summary>
    public IReadOnlyList<(string Domain, string Target, string Id)> Begun()
    {
        lock (_sent)
            return [.. _begun.Where(one => !_sent.Contains(one.Key)).Select(one => (one.Key.Domain, one.Key.Target, one.Value))];
    }

    /// <summary>Says that a report is about to go into the queue.</summary>
    public Task BeginAsync(string domain, string target, string id) => AppendAsync(domain, target, id);

    /// <summary>Says that a report reached a target.</summary>
    public Task SentAsync(string domain, string target) => AppendAsync(domain, target);

    /// <summary>Says that nothing more is to be done for a domain.</summary>
    public Task DoneAsync(string domain) => AppendAsync(domain, All);

    // Neither domains nor targets have spaces: the one is a name of the DNS, the other a URL or an address that was read strictly.
    private async Task AppendAsync(params string[] words)
    {
        await _turn.WaitAsync();
        try
        {
            // True in this process, whatever the disk takes.
            Take(words);
            await using (var file = TlsLedgerFiles.Create(path, FileMode.Append))
            {
                await file.WriteAsync(Encoding.ASCII.GetBytes(string.Join(' ', words) + "\n"));
                file.Flush(flushToDisk: true);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Take(string[] words)
    {
        lock (_sent)
        {
            if (words.Length == 2)
                _sent.Add((words[0], words[1]));
            else if (words.Length == 3)
                _begun[(words[0], words[1])] = words[2];
        }
    }
}
