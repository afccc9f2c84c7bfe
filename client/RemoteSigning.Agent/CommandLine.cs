namespace RemoteSigning.Agent;

/// <summary>What was typed after <c>virtual-card</c>.</summary>
internal sealed record CommandLine(string Command, string ConfigurationFile, bool PasswordFromInput, bool Json, bool Help)
{
    /// <summary><c>register --remove</c>.</summary>
    public bool Remove { get; private init; }

    /// <summary><c>register --module FILE</c>; null = the installed one.</summary>
    public string? ModuleFile { get; private init; }

    /// <summary><c>$XDG_CONFIG_HOME/remote-signing/agent.json</c>, or what stands for it on other systems.</summary>
    public static string DefaultConfiguration => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "remote-signing", "agent.json");

    /// <exception cref="UsageException">Something is unknown or missing.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new CommandLine("", DefaultConfiguration, false, false, false);
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            parsed = argument switch
            {
                "--help" or "-h" or "help" => parsed with { Help = true },
                "--password-stdin" => parsed with { PasswordFromInput = true },
                "--json" => parsed with { Json = true },
                "--remove" => parsed with { Remove = true },
                "--module" => ++i < arguments.Count
                    ? parsed with { ModuleFile = arguments[i] }
                    : throw new UsageException("--module needs the path of a file."),
                _ when argument.StartsWith("--module=", StringComparison.Ordinal) => parsed with { ModuleFile = argument["--module=".Length..] },
                "--config" => ++i < arguments.Count
                    ? parsed with { ConfigurationFile = arguments[i] }
                    : throw new UsageException("--config needs the path of a file."),
                _ when argument.StartsWith("--config=", StringComparison.Ordinal) => parsed with { ConfigurationFile = argument["--config=".Length..] },
                _ when argument.StartsWith('-') => throw new UsageException($"There is no option {argument}."),
                _ when parsed.Command.Length == 0 => parsed with { Command = argument },
                _ => throw new UsageException($"\"{argument}\" is one word too many."),
            };
        }

        return parsed;
    }
}
