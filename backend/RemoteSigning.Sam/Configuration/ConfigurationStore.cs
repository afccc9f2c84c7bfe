using RemoteSigning.Contracts;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// The configuration in force and its two files. A change is staged beside the file, made valid by its audit record,
/// then put in place and in force at once: each request sees all of it or nothing.
/// </summary>
internal sealed partial class ConfigurationStore(SamOptions options, NodeConfiguration current, ILogger<ConfigurationStore> logger) : IDisposable
{
    private readonly StagedFile _static = new(options.StaticConfiguration);
    private readonly StagedFile _dynamic = new(options.DynamicConfiguration);
    private readonly SemaphoreSlim _turn = new(1);
    private volatile NodeConfiguration _current = current;
    private bool _isBeside;

    /// <summary>What is in force now. Take it once for all that belongs together.</summary>
    public NodeConfiguration Current => _current;

    /// <summary>The files in place.</summary>
    /// <exception cref="StartException">A file cannot be read, or is refused.</exception>
    public static NodeConfiguration Read(SamOptions options)
    {
        try
        {
            return NodeConfiguration.Read(
                new StagedFile(options.StaticConfiguration).Read(), new StagedFile(options.DynamicConfiguration).Read());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The configuration cannot be read: {e.Message}", e);
        }
        catch (ConfigurationException e)
        {
            throw new StartException(
                $"The configuration {options.StaticConfiguration} with {options.DynamicConfiguration} is refused. {e.Message}", e);
        }
    }

    /// <summary>
    /// At a start: ends what a crash interrupted, then holds the files to what the log names last.
    /// </summary>
    /// <param name="recorded">Null when the log names none.</param>
    /// <returns>What was found, for the record of the start; empty when the files are the recorded ones.</returns>
    /// <exception cref="StartException">The files are not the recorded ones, and that may not be.</exception>
    public string Settle(RecordedConfiguration? recorded)
    {
        bool isMoved = _dynamic.Settle(recorded?.DynamicDigest);
        isMoved |= _static.Settle(recorded?.StaticDigest);
        if (isMoved)
        {
            _current = Read(options);
        }

        return StartRule.Check(_current, recorded);
    }

    /// <summary>Takes the turn to change the dynamic configuration; one change at a time, from its checks to its end.</summary>
    /// <exception cref="ProblemException">The change before this one cannot be put in place yet.</exception>
    public async Task<ConfigurationChange> BeginAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_isBeside)
            {
                _dynamic.Commit();
                _isBeside = false;
            }

            return new ConfigurationChange(this, _current);
        }
        catch (IOException e)
        {
            _turn.Release();
            throw Refusals.Create(ProblemCodes.ServiceUnavailable, $"the last configuration is not in place yet: {e.Message}", e);
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Makes both files durable beside the ones in place, for an import.</summary>
    /// <exception cref="IOException">The files in place are untouched.</exception>
    public void StageBoth()
    {
        _static.Stage(_current.StaticFile);
        _dynamic.Stage(_current.DynamicFile);
    }

    /// <summary>Puts both in place after the record of the import.</summary>
    public void CommitBoth()
    {
        _static.Commit();
        _dynamic.Commit();
    }

    /// <exception cref="ProblemException">The new file is not durable; nothing has changed.</exception>
    internal void Stage(NodeConfiguration after)
    {
        try
        {
            _dynamic.Stage(after.DynamicFile);
        }
        catch (IOException e)
        {
            throw Refusals.Create(ProblemCodes.ServiceUnavailable, $"the configuration cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Its record is durable, so it is valid: a start would put the file in place where this cannot.</summary>
    internal void Commit(NodeConfiguration after)
    {
        _current = after;
        try
        {
            _dynamic.Commit();
        }
        catch (IOException e)
        {
            _isBeside = true;
            LogBeside(e, options.DynamicConfiguration);
        }
    }

    internal void End() => _turn.Release();

    [LoggerMessage(2301, LogLevel.Error, "The new dynamic configuration is in force and beside its file {Path}, but could not replace it")]
    private partial void LogBeside(Exception exception, string path);
}
