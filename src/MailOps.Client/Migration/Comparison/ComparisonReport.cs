using System.Globalization;
using System.Text;
using System.Text.Json;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Migration.Comparison;

/// <summary>
/// The record of a comparison in two files, <c>NAME.json</c> for programs and <c>NAME.html</c> for people. With a certificate each is signed: <c>NAME.json.p7s</c>
/// and <c>NAME.html.p7s</c> are detached signatures (CMS, RFC 5652), which any tool for S/MIME can check. Both files are whole or not there, and a signature is never beside what it was not made for: those of an earlier record at the same path go first.
/// Messages of the reference that a filter leaves out are counted as <c>skipped</c>; the filter is among the settings. Places that were left out, links and pipes among the files of a mailbox, are named as <c>leftOut</c>, and <c>isEqual</c> is false then: nobody looked into them.
/// </summary>
public sealed class ComparisonReport : IAsyncDisposable
{
    private const int ShownToPeople = 1_000;
    private const string Unfinished = ".part";

    private readonly string _json;
    private readonly string _html;
    private readonly DateTimeOffset _began;
    private readonly FileStream _file;
    private readonly Utf8JsonWriter _writer;
    private readonly List<MailboxDifference> _shown = [];
    private readonly SortedDictionary<DifferenceKind, long> _kinds = [];

    /// <summary>Begins a record.</summary>
    /// <param name="path">The files' path, without their endings.</param>
    /// <param name="reference">The mailbox as it is to be.</param>
    /// <param name="difference">The other.</param>
    /// <param name="settings">What was asked for, by the names of parameters.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="IOException">The files cannot be written there.</exception>
    public ComparisonReport(string path, string reference, string difference, IReadOnlyDictionary<string, string> settings, TimeProvider clock)
    {
        (_json, _html, _began) = (path + ".json", path + ".html", clock.GetUtcNow());
        (Reference, Difference, Settings) = (reference, difference, settings);
        _file = new FileStream(_json + Unfinished, FileMode.Create, FileAccess.Write, FileShare.None);
        _writer = new Utf8JsonWriter(_file, new JsonWriterOptions { Indented = true });
        _writer.WriteStartObject();
        _writer.WriteString("format", "mailops-comparison 1");
        _writer.WriteString("reference", reference);
        _writer.WriteString("difference", difference);
        _writer.WriteString("began", _began);
        _writer.WriteStartObject("settings");
        foreach (var (name, value) in settings)
            _writer.WriteString(name, value);
        _writer.WriteEndObject();
        _writer.WriteStartArray("differences");
    }

    private string Reference { get; }

    private string Difference { get; }

    private IReadOnlyDictionary<string, string> Settings { get; }

    private long Differences => _kinds.Where(kind => kind.Key != DifferenceKind.Equal).Sum(kind => kind.Value);

    /// <summary>Takes in what was found.</summary>
    public void Add(MailboxDifference found)
    {
        _kinds[found.Kind] = _kinds.GetValueOrDefault(found.Kind) + 1;
        if (found.Kind == DifferenceKind.Equal)
            return;
        if (_shown.Count < ShownToPeople)
            _shown.Add(found);
        _writer.WriteStartObject();
        foreach (var (name, value) in Fields(found))
        {
            if (value is not null)
                _writer.WriteString(name, value);
        }

        _writer.WriteEndObject();
        if (_writer.BytesPending > 64 * 1024)
            _writer.Flush();
    }

    /// <summary>Writes both files, and signs them.</summary>
    /// <param name="folders">What was compared.</param>
    /// <param name="leftOut">What of both mailboxes was not compared, and why, a sentence each.</param>
    /// <param name="ended">When it was done.</param>
    /// <param name="signer">Who signs; null for no signature.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The files.</returns>
    public async Task<IReadOnlyList<string>> FinishAsync(IReadOnlyList<FolderProof> folders, IReadOnlyList<string> leftOut, DateTimeOffset ended, ReportSigner? signer, CancellationToken cancel)
    {
        _writer.WriteEndArray();
        _writer.WriteStartArray("folders");
        foreach (var folder in folders)
            JsonSerializer.Serialize(_writer, folder, ReportJson.Default.FolderProof);
        _writer.WriteEndArray();
        _writer.WriteStartArray("leftOut");
        foreach (var one in leftOut)
            _writer.WriteStringValue(one);
        _writer.WriteEndArray();
        _writer.WriteStartObject("summary");
        _writer.WriteBoolean("isEqual", Differences == 0 && leftOut.Count == 0);
        _writer.WriteNumber("differences", Differences);
        foreach (var (kind, count) in _kinds)
            _writer.WriteNumber($"{kind}", count);
        _writer.WriteNumber("referenceMessages", folders.Sum(folder => (long)folder.ReferenceMessages));
        _writer.WriteNumber("differenceMessages", folders.Sum(folder => (long)folder.DifferenceMessages));
        _writer.WriteNumber("matched", folders.Sum(folder => (long)folder.Matched));
        if (folders.Sum(folder => (long)folder.Skipped) is > 0 and var skipped)
            _writer.WriteNumber("skipped", skipped);
        _writer.WriteNumber("leftOut", leftOut.Count);
        _writer.WriteEndObject();
        _writer.WriteString("ended", ended);
        _writer.WriteEndObject();
        await _writer.DisposeAsync().ConfigureAwait(false);
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync().ConfigureAwait(false);
        await WriteAsync(_html, output => output.WriteAsync(Encoding.UTF8.GetBytes(Html(folders, leftOut, ended)), cancel).AsTask()).ConfigureAwait(false);
        string[] contents = [_json, _html];
        string[] signatures = [.. contents.Select(SignatureOf)];
        foreach (var path in signer is null ? [] : contents)
        {
            await using var content = File.OpenRead(path + Unfinished);
            await WriteAsync(SignatureOf(path), output => signer!.SignAsync(content, output, cancel)).ConfigureAwait(false);
        }

        // Whatever happens between: no signature stands beside what it was not made for.
        foreach (var signature in signatures)
            File.Delete(signature);
        PortableCalls.SyncName(_json);
        string[] files = signer is null ? contents : [.. contents, .. signatures];
        foreach (var file in files)
            File.Move(file + Unfinished, file, overwrite: true);
        PortableCalls.SyncName(_json);
        return files;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
        foreach (var file in new[] { _json, _html, SignatureOf(_json), SignatureOf(_html) })
            File.Delete(file + Unfinished);
    }

    private static string SignatureOf(string path) => path + ".p7s";

    private static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        await using var output = new FileStream(path + Unfinished, FileMode.Create, FileAccess.Write, FileShare.None);
        await write(output).ConfigureAwait(false);
        output.Flush(flushToDisk: true);
    }

    private string Html(IReadOnlyList<FolderProof> folders, IReadOnlyList<string> leftOut, DateTimeOffset ended)
    {
        var page = new HtmlPage($"Comparison of {Reference} with {Difference}");
        var found = Differences == 0 ? "No difference" : string.Create(CultureInfo.InvariantCulture, $"{Differences} differences");
        page.Heading(leftOut.Count == 0 ? found : string.Create(CultureInfo.InvariantCulture, $"{found} in what was compared, and {leftOut.Count} places that were left out"));
        page.Table(["", ""], [
            ["Reference", Reference],
            ["Difference", Difference],
            ["Began", _began.ToString("u", CultureInfo.InvariantCulture)],
            ["Ended", ended.ToString("u", CultureInfo.InvariantCulture)],
            .. Settings.Select(setting => (IReadOnlyList<string?>)[setting.Key, setting.Value]),
            .. _kinds.Select(kind => (IReadOnlyList<string?>)[$"{kind.Key}", kind.Value.ToString(CultureInfo.InvariantCulture)]),
        ]);
        page.Heading("Folders");
        page.Table(
            ["Folder", "Reference", "Difference", "Matched", "Not meant", "Digest of the reference", "Digest of the difference"],
            folders.Select(folder => (IReadOnlyList<string?>)[folder.Folder, Number(folder.ReferenceMessages), Number(folder.DifferenceMessages), Number(folder.Matched), Number(folder.Skipped), folder.ReferenceDigest, folder.DifferenceDigest]));
        if (leftOut.Count > 0)
        {
            page.Heading("Left out");
            page.Table([""], leftOut.Select(one => (IReadOnlyList<string?>)[one]));
        }

        if (Differences > 0)
        {
            page.Heading(Differences > _shown.Count ? string.Create(CultureInfo.InvariantCulture, $"The first {_shown.Count} of {Differences} differences; all are in {Path.GetFileName(_json)}") : "Differences");
            page.Table([.. Fields(_shown[0]).Select(field => field.Name)], _shown.Select(one => (IReadOnlyList<string?>)[.. Fields(one).Select(field => field.Value)]));
        }

        return page.ToString();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<(string Name, string? Value)> Fields(MailboxDifference found) =>
    [
        ("kind", $"{found.Kind}"), ("folder", found.Folder), ("subject", found.Subject), ("messageId", found.MessageId), ("referenceId", found.ReferenceId),
        ("differenceId", found.DifferenceId), ("reference", found.Reference), ("difference", found.Difference),
    ];
}
