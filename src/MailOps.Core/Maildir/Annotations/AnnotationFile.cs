using System.Text;
using System.Text.Json;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;

namespace MailOps.Maildir.Annotations;

/// <summary>
/// The annotations of a mailbox (<c>mailops-metadata</c> in its directory) or an account (<c>mailops-account-metadata</c> in its own): a line for
/// each, the name of the entry, a tab, and the value as a JSON string, or what is no text as <c>base64:</c> and that. Lines of another form are
/// kept as they are.
/// </summary>
internal static class AnnotationFile
{
    internal const string FileName = "mailops-metadata";
    internal const string AccountFileName = "mailops-account-metadata";

    private const string Binary = "base64:";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The entries by their names, in small letters.</summary>
    internal static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Read(IMaildirDisk disk, string path) => Read(disk, path, out _);

    /// <summary>Sets entries, and removes those whose value is null: all or none. The caller holds the account's lock, and makes the directory durable.</summary>
    internal static AnnotationOutcome Change(StoreEnvironment store, string path, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> changes)
    {
        var entries = new SortedDictionary<string, ReadOnlyMemory<byte>>(Read(store.Disk, path, out var strange).ToDictionary(), StringComparer.Ordinal);
        var before = entries.Count;
        foreach (var (name, value) in changes)
        {
            if (value is { } there)
                entries[name] = there;
            else
                entries.Remove(name);
        }

        if (entries.Count > AnnotationLimits.MostEntries && entries.Count > before)
            return AnnotationOutcome.TooMany;
        var text = new StringBuilder();
        foreach (var (name, value) in entries)
            text.Append(name).Append('\t').Append(Written(value.Span)).Append('\n');
        foreach (var line in strange)
            text.Append(line).Append('\n');
        if (text.Length == 0)
        {
            store.Disk.Unlink(path);
            return AnnotationOutcome.Done;
        }

        // Content first: a cut of the power leaves the old file or the new one, and never an empty one.
        var scratch = store.NewScratchPath();
        store.Disk.Create(scratch, [Encoding.UTF8.GetBytes(text.ToString())]);
        store.Disk.Flush(scratch);
        store.Disk.Rename(scratch, path);
        return AnnotationOutcome.Done;
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Read(IMaildirDisk disk, string path, out List<string> strange)
    {
        var entries = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        strange = [];
        foreach (var line in Encoding.UTF8.GetString(disk.ReadAll(path) ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab > 0 && ValueOf(line[(tab + 1)..].TrimEnd('\r')) is { } value)
                entries[line[..tab].ToLowerInvariant()] = value;
            else
                strange.Add(line);
        }

        return entries;
    }

    private static string Written(ReadOnlySpan<byte> value)
    {
        try
        {
            return JsonSerializer.Serialize(Strict.GetString(value));
        }
        catch (ArgumentException)
        {
            return Binary + Convert.ToBase64String(value);
        }
    }

    private static byte[]? ValueOf(string written)
    {
        try
        {
            return written.StartsWith(Binary, StringComparison.Ordinal) ? Convert.FromBase64String(written[Binary.Length..])
                : JsonSerializer.Deserialize<string>(written) is { } text ? Encoding.UTF8.GetBytes(text)
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }
}
