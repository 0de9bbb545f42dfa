using MailOps.Server.Queue.Reports;

namespace MailOps.Server.Hosting.Configuration;

/// <content>The words of reports.</content>
public sealed partial class ConfigurationReview
{
    private IEnumerable<ConfigurationFinding> Templates()
    {
        var folder = Path.Join(options.StorePath, ReportTemplates.FolderName);
        var found = new List<ConfigurationFinding>();
        try
        {
            foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
                found.AddRange(Template(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            found.Add(Warning($"The templates of reports cannot be read, and reports are in English: {e.Message}", evidence: folder) with { Check = "Templates" });
        }

        return found.Count > 0 ? found : One("Templates", null);
    }

    private static List<ConfigurationFinding> Template(string path)
    {
        var found = new List<ConfigurationFinding>();
        if (!ReportTemplates.TryName(Path.GetFileName(path), out _, out var language))
        {
            found.Add(Warning($"{Path.GetFileName(path)} is no name of a template, and is never used. Names are {string.Join(", ", ReportTemplates.KindNames.Select(kind => $"{kind}.txt"))}, and with a language failure.de.txt or failure.pt-BR.txt.", evidence: path) with { Check = "Templates" });
            return found;
        }

        try
        {
            ReportTemplate.Parse(ReportTemplates.ReadStart(path), language, (line, error) =>
                found.Add(Warning($"{Path.GetFileName(path)} is not used for reports: in line {line} {error}.", evidence: FormattableString.Invariant($"{path}:{line}")) with { Check = "Templates" }));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            found.Add(Warning($"{Path.GetFileName(path)} cannot be read, and is not used for reports: {e.Message}", evidence: path) with { Check = "Templates" });
        }

        return found;
    }
}
