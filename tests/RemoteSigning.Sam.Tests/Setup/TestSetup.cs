using System.Text.Json.Nodes;
using RemoteSigning.Sam.Commands;

namespace RemoteSigning.Sam.Tests;

/// <summary>How a node is made where it is not made as usual.</summary>
internal sealed record TestSetup
{
    /// <summary>The token of all tests, when nothing else is said.</summary>
    public string TokenLabel { get; init; } = TestToken.Label;

    public string PinFile { get; init; } = TestToken.PinFile;

    /// <summary>Changes the static configuration.</summary>
    public Action<JsonObject> EditStatic { get; init; } = _ => { };

    /// <summary>Makes the node from its configuration file, by its clock.</summary>
    public Action<string, SamSeams> Make { get; init; } = (file, seams) => AdminCreateCommand.Run(file, TextWriter.Null, seams);
}
