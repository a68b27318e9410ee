-- What a publication moves may have failed; its undoing puts the error back. None: the token had not failed.
ALTER TABLE publication_token ADD COLUMN error TEXT;
