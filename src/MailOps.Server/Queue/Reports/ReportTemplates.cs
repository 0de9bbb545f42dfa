using System.Collections.Concurrent;
using MimeKit;

namespace MailOps.Server.Queue.Reports;

/// <summary>
/// The templates of reports, files of a folder that are read with each report: <c>failure.txt</c>, <c>delay.txt</c>, <c>success.txt</c>,
/// <c>relay.txt</c> and <c>expansion.txt</c>, and with a language in the name, such as <c>failure.de.txt</c>. Where there is none, the words are our own, in English.
/// </summary>
/// <param name="folder">The folder, which may be missing.</param>
/// <param name="unusable">Hears of a template that cannot be used, once for each state of its file.</param>
internal sealed class ReportTemplates(string folder, Action<Exception> unusable)
{
    /// <summary>The folder of a store.</summary>
    public const string FolderName = "templates";

    private const string Extension = ".txt";
    private const string OwnLanguage = "en";

    private static readonly (string Kind, DeliveryAction Action)[] Kinds =
    [
        ("failure", DeliveryAction.Failed), ("delay", DeliveryAction.Delayed), ("success", DeliveryAction.Delivered), ("relay", DeliveryAction.Relayed), ("expansion", DeliveryAction.Expanded),
    ];

    private readonly ConcurrentDictionary<string, DateTime> _told = new(StringComparer.Ordinal);

    /// <summary>What the names of templates begin with.</summary>
    public static IEnumerable<string> KindNames => Kinds.Select(kind => kind.Kind);

    /// <summary>Reads a file name.</summary>
    /// <param name="name">The name, such as <c>failure.de.txt</c>.</param>
    /// <param name="action">What such reports say.</param>
    /// <param name="language">The language, or null if none is named.</param>
    public static bool TryName(string name, out DeliveryAction action, out string? language)
    {
        var parts = name.Split('.');
        var kind = Array.FindIndex(Kinds, kind => kind.Kind.Equals(parts[0], StringComparison.OrdinalIgnoreCase));
        language = parts.Length == 3 ? parts[1] : null;
        action = kind < 0 ? default : Kinds[kind].Action;
        return kind >= 0 && parts.Length is 2 or 3 && name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) && (language is null || ReportLanguages.IsTag(language));
    }

    /// <summary>The template for a report, or null for our own words.</summary>
    /// <param name="action">What the report says.</param>
    /// <param name="header">Reads the header of the message that it is about; asked where there are templates alone.</param>
    public ReportTemplate? For(DeliveryAction action, Func<HeaderList?> header)
    {
        try
        {
            var files = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [])
            {
                if (TryName(Path.GetFileName(path), out var kind, out var language) && kind == action)
                    files[language ?? ""] = path;
            }

            return files.Count == 0 ? null : Choose(files, ReportLanguages.Of(header()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Tell(folder, default, $"The templates of reports in '{folder}' cannot be read: {e.Message}");
            return null;
        }
    }

    // RFC 4647 section 3.4: each range, ever shorter. In our own language there are always words.
    private ReportTemplate? Choose(Dictionary<string, string> files, IEnumerable<string> ranges)
    {
        foreach (var range in ranges)
        {
            for (var tag = range; tag.Length > 0; tag = tag[..Math.Max(0, tag.LastIndexOf('-'))])
            {
                if (files.TryGetValue(tag, out var path) && Read(path, tag) is { } template)
                    return template;
                if (tag.Equals(OwnLanguage, StringComparison.OrdinalIgnoreCase))
                    return null;
            }
        }

        return files.TryGetValue("", out var usual) ? Read(usual, null) : null;
    }

    private ReportTemplate? Read(string path, string? language)
    {
        try
        {
            string? problem = null;
            var template = ReportTemplate.Parse(ReadStart(path), language, (line, error) => problem ??= $"The template '{path}' is not used for reports: in line {line} {error}.");
            if (problem is not null)
                Tell(path, File.GetLastWriteTimeUtc(path), problem);
            return template;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Tell(path, default, $"The template '{path}' is not used for reports, since it cannot be read: {e.Message}");
            return null;
        }
    }

    private void Tell(string path, DateTime written, string problem)
    {
        if (_told.TryGetValue(path, out var told) && told == written)
            return;
        _told[path] = written;
        unusable(new InvalidDataException(problem));
    }

    /// <summary>The octets of a template, and of a file that is too long some more than it may have.</summary>
    public static byte[] ReadStart(string path)
    {
        using var file = File.OpenRead(path);
        var octets = new byte[Math.Min(file.Length, ReportTemplate.MostOctets + 1)];
        file.ReadExactly(octets);
        return octets;
    }
}
