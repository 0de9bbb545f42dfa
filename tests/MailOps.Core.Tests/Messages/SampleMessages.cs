using System.Text;
using Xunit;

namespace MailOps.Core.Tests.Messages;

/// <summary>The sample messages beside the repository, whole ones and broken ones, with CRLF line ends.</summary>
internal static class SampleMessages
{
    /// <summary>Their names and octets. Skips the test if they are not there.</summary>
    public static List<(string Name, byte[] Octets)> All()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (!File.Exists(Path.Combine(at.FullName, "MailOps.sln")))
                continue;
            var folder = Path.GetFullPath(Path.Combine(at.FullName, "..", "shared", "data", "mail"));
            if (Directory.Exists(folder))
            {
                return [.. Directory.GetFiles(folder, "*.eml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path =>
                    (Path.GetRelativePath(folder, path), Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(File.ReadAllBytes(path)).ReplaceLineEndings("\r\n"))))];
            }
        }

        Assert.Skip("The sample messages are missing: they lie in ../shared/data/mail, relative to the repository's root.");
        return [];
    }
}
