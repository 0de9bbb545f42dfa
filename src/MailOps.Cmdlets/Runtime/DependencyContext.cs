using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace MailOps.Cmdlets.Runtime;

/// <summary>
/// Where our own assemblies and everything they depend on live: apart from the session's, so that another module's
/// MimeKit, older, newer or of the same version, is never ours and ours never its.
/// </summary>
internal sealed class DependencyContext : AssemblyLoadContext
{
    private static readonly string[] Platforms = FindPlatforms();

    private readonly string _folder;

    private DependencyContext(string folder)
        : base("MailOps") => _folder = folder;

    /// <summary>The one context of this process; it outlives the module, since loaded code cannot be replaced.</summary>
    public static DependencyContext Instance { get; } = new(Path.Combine(
        Path.GetDirectoryName(typeof(DependencyContext).Assembly.Location)!,
        "Dependencies"));

    /// <summary>Answers the session's context for our names alone; what is asked for by others is none of our business.</summary>
    public static Assembly? Resolve(AssemblyLoadContext asking, AssemblyName name) =>
        name.Name is "MailOps.Core" or "MailOps.Client" or "MailOps.Server" ? Instance.LoadFromAssemblyName(name) : null;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var file = assemblyName.Name + ".dll";
        return TryLoadPrecompiled(Path.Combine(_folder, "runtimes", Platforms[0], "lib", "net10.0", file)) is { } precompiled ? precompiled
            : Path.Combine(_folder, file) is var path && File.Exists(path) ? LoadFromAssemblyPath(path)
            : null;
    }

    // The same assembly with code for this platform (build.ps1 says for which there is one): what a first cmdlet runs is not compiled while its user waits.
    private Assembly? TryLoadPrecompiled(string path)
    {
        try
        {
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        var files = NativeFiles(unmanagedDllName).Where(File.Exists).ToList();
        foreach (var file in files)
        {
            if (NativeLibrary.TryLoad(file, out var handle))
                return handle;
        }

        // Throws, with the system's words: a library of C that is too old, say.
        return files is [var first, ..] ? LoadUnmanagedDllFromPath(first) : base.LoadUnmanagedDll(unmanagedDllName);
    }

    private IEnumerable<string> NativeFiles(string name)
    {
        var file = OperatingSystem.IsWindows() ? name + ".dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";
        return Platforms.Select(platform => Path.Combine(_folder, "runtimes", platform, "native", file));
    }

    // Packages lay out what is for one platform alone in runtimes/RID. On Linux the other library of C comes second, since a RID that was made
    // by a distribution (alpine.3.22-x64) does not tell for sure which one it has; the wrong file does not load.
    private static string[] FindPlatforms()
    {
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string[] systems = OperatingSystem.IsWindows() ? ["win"]
            : OperatingSystem.IsMacOS() ? ["osx"]
            : IsMusl ? ["linux-musl", "linux"] : ["linux", "linux-musl"];
        return [.. systems.Select(system => $"{system}-{architecture}")];
    }

    private static bool IsMusl =>
        RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) || RuntimeInformation.RuntimeIdentifier.StartsWith("alpine", StringComparison.Ordinal);
}
