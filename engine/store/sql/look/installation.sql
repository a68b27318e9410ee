SELECT name, value
FROM installation
