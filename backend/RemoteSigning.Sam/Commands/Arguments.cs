namespace RemoteSigning.Sam.Commands;

/// <summary>The <c>--name value</c> pairs behind a command.</summary>
internal sealed class Arguments
{
    private readonly string _command;
    private readonly List<(string Name, string Value)> _pairs = [];

    /// <param name="known">The names that the command takes.</param>
    /// <exception cref="StartException">A name is unknown, or has no value.</exception>
    public Arguments(string command, IReadOnlyList<string> arguments, params string[] known)
    {
        _command = command;
        for (int i = 0; i < arguments.Count; i += 2)
        {
            if (!known.Contains(arguments[i]))
            {
                throw new StartException($"{command} does not know {arguments[i]}; see {command} --help.");
            }

            if (i + 1 == arguments.Count)
            {
                throw new StartException($"{command} needs a value behind {arguments[i]}; see {command} --help.");
            }

            _pairs.Add((arguments[i], arguments[i + 1]));
        }
    }

    public IReadOnlyList<string> All(string name) => [.. _pairs.Where(p => p.Name == name).Select(p => p.Value)];

    /// <summary>The value given once, or null.</summary>
    public string? Optional(string name) => All(name) switch
    {
        [] => null,
        [var value] => value,
        _ => throw new StartException($"{_command} takes {name} once; see {_command} --help."),
    };

    public string Required(string name) =>
        Optional(name) ?? throw new StartException($"{_command} needs {name}; see {_command} --help.");

    public int? Number(string name) => Optional(name) is not { } text ? null
        : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) ? number
        : throw new StartException($"{_command} needs a number behind {name}; see {_command} --help.");
}
