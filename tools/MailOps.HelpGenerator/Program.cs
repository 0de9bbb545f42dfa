using System.Reflection;
using System.Runtime.Loader;

namespace MailOps.HelpGenerator;

internal static class Program
{
    private const string Usage = """
        Usage: MailOps.HelpGenerator --module FOLDER --comments FOLDER --powershell FOLDER [--maml FILE] [--markdown FOLDER]
          --module      the laid out module: MailOps.Cmdlets.dll and Dependencies/
          --comments    where the compiler's XML comment files are
          --powershell  $PSHOME of the PowerShell that runs the build
        """;

    private static int Main(string[] args)
    {
        var options = args.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        if (!options.TryGetValue("--module", out var module) || !options.TryGetValue("--comments", out var comments) || !options.TryGetValue("--powershell", out var powershell))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        module = Path.GetFullPath(module);
        ResolveFrom(module, Path.Combine(module, "Dependencies"), powershell);
        var reader = new CmdletReader(CommentFile.LoadAll(comments));
        var assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.Combine(module, "MailOps.Cmdlets.dll"));
        var cmdlets = reader.Read(assembly);

        foreach (var problem in reader.Problems)
            Console.Error.WriteLine($"error: {problem}");

        if (reader.Problems.Count > 0)
        {
            Console.Error.WriteLine($"{reader.Problems.Count} gaps in the help. Its text is the XML comments in src/MailOps.Cmdlets.");
            return 1;
        }

        if (options.TryGetValue("--maml", out var maml))
            MamlWriter.Write(cmdlets, maml);

        if (options.TryGetValue("--markdown", out var markdown))
            MarkdownWriter.Write(cmdlets, markdown);

        Console.WriteLine($"Help for {cmdlets.Count} cmdlets.");
        return 0;
    }

    private static void ResolveFrom(params string[] folders) =>
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            folders.Select(folder => Path.Combine(folder, name.Name + ".dll")).FirstOrDefault(File.Exists) is { } file
                ? context.LoadFromAssemblyPath(file)
                : (Assembly?)null;
}
