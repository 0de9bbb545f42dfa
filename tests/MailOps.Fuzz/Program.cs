using MailOps.Fuzz;

switch (args)
{
    case ["afl", var name] when Targets.All.TryGetValue(name, out var target):
        SharpFuzz.Fuzzer.OutOfProcess.Run(input =>
        {
            using var octets = new MemoryStream();
            input.CopyTo(octets);
            target(octets.ToArray());
        });
        return 0;
    case ["replay", var name, .. var files] when Targets.All.TryGetValue(name, out var target):
        foreach (var file in files)
        {
            Console.WriteLine(file);
            target(File.ReadAllBytes(file));
        }

        return 0;
    case ["list"]:
        foreach (var name in Targets.All.Keys)
            Console.WriteLine(name);
        return 0;
    default:
        Console.Error.WriteLine("""
            afl TARGET              one target for afl-fuzz (run.sh instruments and starts it)
            replay TARGET FILE...   runs files that afl-fuzz kept
            list                    the targets
            """);
        return 2;
}
